// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thousand processes in one tree, destroyed at once, and a chain as deep as it may be.
use alloc::vec::Vec;

use croft_container::{ChildSlots, ContainerError, DeriveProcess, primary};
use croft_server::counter;

use crate::tools::{Result, UNLIMITED, at, ensure, return_slots, slots, used};

const WIDE: u64 = 100;
const DEEP: u64 = 10;
const CHAIN: usize = 64;

const PROCESS: DeriveProcess = DeriveProcess {
    limits: UNLIMITED,
    radix: 1,
    untyped_bits: 0,
    client: false,
};

/// Both trees.
pub fn run() -> Result {
    let top = slots(1)?;
    let first = slots(WIDE * DEEP * 4)?;
    let mut chain = Vec::with_capacity(CHAIN);
    let before = used()?;
    tree(top, first)?;
    ensure(used()? == before, "the tree did not come back")?;
    self::chain(&mut chain)?;
    ensure(used()? == before, "the chain did not come back")?;
    return_slots(first, WIDE * DEEP * 4);
    return_slots(top, 1);
    Ok(())
}

fn tree(top: u64, first: u64) -> Result {
    primary()
        .derive(&UNLIMITED, top)
        .map_err(|_| "not derived")?;
    let start = counter();
    let mut made = 0;
    for wide in 0..WIDE {
        let mut parent = top;
        for deep in 0..DEEP {
            let slot = first + (wide * DEEP + deep) * 4;
            if let Err(error) = at(parent).derive_process(&PROCESS, slot) {
                log::error!("process {made}: {error}");
                return Err("no process");
            }
            parent = ChildSlots::at(slot).container;
            made += 1;
        }
    }
    let middle = counter();
    at(top).destroy().map_err(|_| "not destroyed")?;
    let end = counter();
    log::info!(
        "{made} processes: {} ticks each to make, {} to destroy",
        (middle - start) / made,
        (end - middle) / made
    );
    Ok(())
}

fn chain(chain: &mut Vec<u64>) -> Result {
    let mut parent = primary();
    let start = counter();
    for depth in 0..CHAIN {
        let slot = slots(4)?;
        match parent.derive_process(&PROCESS, slot) {
            Ok(_) => chain.push(slot),
            Err(ContainerError::TooDeep) => break,
            Err(error) => {
                log::error!("depth {depth}: {error}");
                return Err("no process");
            }
        }
        parent = at(slot);
    }
    let middle = counter();
    at(chain[0]).destroy().map_err(|_| "not destroyed")?;
    log::info!(
        "chain of {}: {} ticks to make, {} to destroy",
        chain.len(),
        middle - start,
        counter() - middle
    );
    for slot in chain.drain(..) {
        return_slots(slot, 4);
    }
    Ok(())
}
