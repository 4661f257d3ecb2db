// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many random operations with real memory and processes in a deep tree; then everything must be as before: accounts, numbers
//! of address spaces, interrupts. Three times, to see drift.
use alloc::vec::Vec;

use croft_container::{Amount, Block, ContainerError, Limits, Object, primary};

use croft_server::Process;

use crate::addresses::{POOL_NUMBERS, PROCESS, PROCESS_SLOTS, free_numbers};
use crate::driver;
use crate::tools::{Numbers, Result, at, ensure, return_slots, slots, used};

const OPERATIONS: usize = 10_000;
const DEPTH: usize = 32;

struct Node {
    slot: u64,
    parent: usize,
    depth: usize,
    alive: bool,
    blocks: Vec<Allocated>,
}

struct Allocated {
    block: Block,
    slot: u64,
    count: u64,
    bytes: u64,
}

/// All rounds.
pub fn run(process: &Process) -> Result {
    let mut free = free_numbers()?;
    let mut count = || {
        let expected = free + POOL_NUMBERS;
        free = free_numbers()?;
        log::info!("{free} address spaces can get a number");
        ensure(free == expected, "numbers of address spaces are lost")
    };
    count()?;
    let before = used()?;
    for round in 1..=3 {
        let (refused, deepest, processes) = operations(round)?;
        log::info!("round {round}: {refused} refusals, deepest {deepest}, {processes} processes");
        ensure(processes > 100, "hardly any processes were made")?;
        count()?;
        driver::interrupts(process)?;
        // The list of nodes took heap, which stays with this server.
        let after = used()?;
        if round > 1 {
            ensure(after.slots <= before.slots + 64, "slots did not come back")?;
        }
        ensure(
            after.bytes < before.bytes + (1 << 20),
            "memory did not come back",
        )?;
    }
    Ok(())
}

fn operations(round: u64) -> Result<(u32, usize, usize)> {
    let mut numbers = Numbers(round * 0x9e37_79b9_7f4a_7c15);
    let top = slots(1)?;
    primary()
        .derive(
            &Limits {
                limit: Amount::MAX,
                guaranteed: 0,
            },
            top,
        )
        .map_err(|_| "the top container was refused")?;
    let before = at(top).usage().map_err(|_| "no usage")?.used;
    let mut nodes = alloc::vec![Node {
        slot: top,
        parent: 0,
        depth: 0,
        alive: true,
        blocks: Vec::new(),
    }];
    let (mut refused, mut deepest, mut processes) = (0, 0, 0);
    for _ in 0..OPERATIONS {
        let alive: Vec<usize> = (0..nodes.len()).filter(|&n| nodes[n].alive).collect();
        let mut picked = alive[numbers.below(alive.len())];
        let result = match numbers.below(20) {
            0..=6 => allocate(&mut nodes[picked], &mut numbers),
            7 => convert(&mut nodes[picked]).inspect(|made| processes += usize::from(*made)),
            8..=14 => deallocate(&mut nodes[picked], &mut numbers),
            15..=18 if alive.len() < 200 => {
                // Every second one goes below the deepest.
                if numbers.below(2) == 0 {
                    picked = alive
                        .iter()
                        .copied()
                        .filter(|&n| nodes[n].depth < DEPTH + 8)
                        .max_by_key(|&n| nodes[n].depth)
                        .unwrap_or(picked);
                }
                derive(&mut nodes, picked, &mut numbers)
            }
            _ if picked != 0 && numbers.below(4) == 0 => destroy(&mut nodes, picked),
            _ if picked != 0 && numbers.below(2) == 0 => dissolve(&mut nodes, picked),
            _ => Ok(true),
        }?;
        refused += u32::from(!result);
        deepest = deepest.max(nodes[picked].depth + 1);
        if numbers.below(16) == 0 {
            let expected = expected(&nodes, picked);
            if nodes[picked].alive {
                let usage = at(nodes[picked].slot).usage().map_err(|_| "no usage")?;
                ensure(usage.used.bytes == expected, "an account is wrong")?;
            }
        }
        if nodes.len() > 2000 {
            compact(&mut nodes);
        }
    }
    ensure(deepest > DEPTH, "the tree did not become deep")?;
    for node in 1..nodes.len() {
        if nodes[node].alive && nodes[node].parent == 0 {
            destroy(&mut nodes, node)?;
        }
    }
    while deallocate(&mut nodes[0], &mut numbers)? && !nodes[0].blocks.is_empty() {}
    let after = at(top).usage().map_err(|_| "no usage")?.used;
    ensure(after == before, "not everything came back")?;
    at(top).destroy().map_err(|_| "not destroyed")?;
    return_slots(top, 1);
    Ok((refused, deepest, processes))
}

/// What a node and its descendants use.
fn expected(nodes: &[Node], of: usize) -> u64 {
    let own: u64 = nodes[of].blocks.iter().map(|block| block.bytes).sum();
    let below = (1..nodes.len()).filter(|&n| nodes[n].alive && nodes[n].parent == of && n != of);
    own + below.map(|n| expected(nodes, n)).sum::<u64>()
}

/// Whether the server's answer to a request that may fail was to be expected; `false` if it refused.
fn verdict<T>(result: core::result::Result<T, ContainerError>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(
            ContainerError::Limit { .. }
            | ContainerError::NoMemory { .. }
            | ContainerError::NoBooks,
        ) => Ok(None),
        Err(_) => Err("an unexpected refusal"),
    }
}

fn allocate(node: &mut Node, numbers: &mut Numbers) -> Result<bool> {
    let (object, count, bytes) = match numbers.below(4) {
        0 => {
            let bits = 10 + numbers.below(6) as u8;
            (Object::Untyped { bits }, 1, 1 << bits)
        }
        1 => (Object::Tcb, 1, 2048),
        2 => (Object::Endpoint, 3, 1024),
        _ => {
            let count = 1 << numbers.below(5);
            (Object::Frame { bits: 12 }, count, u64::from(count) << 12)
        }
    };
    let slot = slots(count.into())?;
    match verdict(at(node.slot).allocate_objects(object, count, slot))? {
        Some(block) => {
            node.blocks.push(Allocated {
                block,
                slot,
                count: count.into(),
                bytes,
            });
            Ok(true)
        }
        None => {
            return_slots(slot, count.into());
            Ok(false)
        }
    }
}

fn convert(node: &mut Node) -> Result<bool> {
    let slot = slots(PROCESS_SLOTS)?;
    let made = verdict(at(node.slot).convert(1, false, slot))?;
    match made {
        Some(block) => node.blocks.push(Allocated {
            block,
            slot,
            count: PROCESS_SLOTS,
            bytes: PROCESS,
        }),
        None => return_slots(slot, PROCESS_SLOTS),
    }
    Ok(made.is_some())
}

fn deallocate(node: &mut Node, numbers: &mut Numbers) -> Result<bool> {
    if node.blocks.is_empty() {
        return Ok(true);
    }
    let block = node.blocks.swap_remove(numbers.below(node.blocks.len()));
    at(node.slot)
        .deallocate(block.block)
        .map_err(|_| "a block was not taken back")?;
    return_slots(block.slot, block.count);
    Ok(true)
}

fn derive(nodes: &mut Vec<Node>, parent: usize, numbers: &mut Numbers) -> Result<bool> {
    let slot = slots(1)?;
    let limit = match numbers.below(3) {
        0 => 1 << (16 + numbers.below(6)),
        _ => u64::MAX,
    };
    let limits = Limits {
        limit: Amount {
            bytes: limit,
            slots: u32::MAX,
        },
        guaranteed: 0,
    };
    let made = verdict(at(nodes[parent].slot).derive(&limits, slot))?;
    if made.is_none() {
        return_slots(slot, 1);
        return Ok(false);
    }
    let depth = nodes[parent].depth + 1;
    nodes.push(Node {
        slot,
        parent,
        depth,
        alive: true,
        blocks: Vec::new(),
    });
    Ok(true)
}

fn destroy(nodes: &mut [Node], top: usize) -> Result<bool> {
    at(nodes[top].slot).destroy().map_err(|_| "not destroyed")?;
    forget(nodes, top);
    ensure(
        at(nodes[top].slot).null() == Err(ContainerError::Gone),
        "a destroyed container answers",
    )?;
    Ok(true)
}

fn dissolve(nodes: &mut [Node], node: usize) -> Result<bool> {
    at(nodes[node].slot)
        .dissolve()
        .map_err(|_| "not dissolved")?;
    nodes[node].alive = false;
    return_slots(nodes[node].slot, 1);
    let (parent, blocks) = (nodes[node].parent, core::mem::take(&mut nodes[node].blocks));
    nodes[parent].blocks.extend(blocks);
    for place in 1..nodes.len() {
        if nodes[place].alive && nodes[place].parent == node {
            nodes[place].parent = parent;
            lift(nodes, place);
        }
    }
    Ok(true)
}

/// A node and all below it are one level higher.
fn lift(nodes: &mut [Node], top: usize) {
    nodes[top].depth -= 1;
    for node in 1..nodes.len() {
        if nodes[node].alive && nodes[node].parent == top {
            lift(nodes, node);
        }
    }
}

fn forget(nodes: &mut [Node], top: usize) {
    nodes[top].alive = false;
    return_slots(nodes[top].slot, 1);
    for block in core::mem::take(&mut nodes[top].blocks) {
        return_slots(block.slot, block.count);
    }
    for node in 1..nodes.len() {
        if nodes[node].alive && nodes[node].parent == top {
            forget(nodes, node);
        }
    }
}

/// Drops the dead.
fn compact(nodes: &mut Vec<Node>) {
    let mut places = alloc::vec![0; nodes.len()];
    let mut kept = Vec::new();
    for (place, mut node) in core::mem::take(nodes).into_iter().enumerate() {
        if node.alive {
            node.parent = places[node.parent];
            places[place] = kept.len();
            kept.push(node);
        }
    }
    *nodes = kept;
}
