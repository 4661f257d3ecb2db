// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thousand processes in one tree, destroyed at once, and a chain as deep as it may be.
use alloc::vec::Vec;

use croft_container::{ChildSlots, ContainerError, DeriveProcess, primary};
use croft_server::{Process, counter};

use crate::observer::observe;
use crate::tools::{Result, TICK, UNLIMITED, at, ensure, return_slots, slots, used};

const WIDE: u64 = 100;
const DEEP: u64 = 10;
const CHAIN: usize = 64;

const PROCESS: DeriveProcess = DeriveProcess {
    limits: UNLIMITED,
    radix: 1,
    untyped_bits: 0,
    client: false,
};

/// How much longer than the idle median a call of somebody else may take meanwhile.
const PATIENCE: u64 = 10;

/// Both trees.
pub fn run(process: &Process) -> Result {
    let top = slots(1)?;
    let first = slots(WIDE * DEEP * 4)?;
    let mut chain = Vec::with_capacity(CHAIN);
    let before = used()?;
    tree(process, top, first)?;
    ensure(used()? == before, "the tree did not come back")?;
    self::chain(&mut chain)?;
    ensure(used()? == before, "the chain did not come back")?;
    return_slots(first, WIDE * DEEP * 4);
    return_slots(top, 1);
    Ok(())
}

fn tree(process: &Process, top: u64, first: u64) -> Result {
    let destroy = || at(top).destroy().map_err(|_| "not destroyed");
    make(top, first)?;
    let start = counter();
    destroy()?;
    log::info!(
        "each of {} processes to destroy: {}",
        WIDE * DEEP,
        (counter() - start) * TICK / (WIDE * DEEP)
    );
    let start = counter();
    make(top, first)?;
    log::info!(
        "each to make: {}",
        (counter() - start) * TICK / (WIDE * DEEP)
    );
    let rest = || {
        for _ in 0..20 {
            sel4::r#yield();
        }
        Ok(())
    };
    let ((), idle) = observe(process, "observer", rest)?;
    let start = counter();
    let suspend = || at(top).suspend().map_err(|_| "not suspended");
    let ((), stopping) = observe(process, "observer", suspend)?;
    log::info!(
        "each to suspend: {}; the other process' worst call meanwhile {} of {}",
        (counter() - start) * TICK / (WIDE * DEEP),
        stopping.worst,
        stopping.calls,
    );
    ensure(stopping.calls > 20, "nobody else was answered meanwhile")?;
    ensure(
        stopping.worst <= PATIENCE * idle.median,
        "somebody else waited too long for a suspension",
    )?;
    at(top).resume().map_err(|_| "not resumed")?;
    let ((), busy) = observe(process, "observer", destroy)?;
    log::info!(
        "a null call of another process: idle median {}, worst {} of {} calls; during the destruction median {}, worst {} of {} calls",
        idle.median,
        idle.worst,
        idle.calls,
        busy.median,
        busy.worst,
        busy.calls,
    );
    ensure(busy.calls > 100, "nobody else was answered meanwhile")?;
    ensure(
        busy.worst <= PATIENCE * idle.median,
        "somebody else waited too long",
    )
}

fn make(top: u64, first: u64) -> Result {
    primary()
        .derive(&UNLIMITED, top)
        .map_err(|_| "not derived")?;
    for wide in 0..WIDE {
        let mut parent = top;
        for deep in 0..DEEP {
            let slot = first + (wide * DEEP + deep) * 4;
            if let Err(error) = at(parent).derive_process(&PROCESS, slot) {
                log::error!("process {}: {error}", wide * DEEP + deep);
                return Err("no process");
            }
            parent = ChildSlots::at(slot).container;
        }
    }
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
