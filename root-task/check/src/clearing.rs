// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nobody waits while the kernel clears somebody else's memory: the worker has it cleared, at the priority of who asked.
use croft_container::{Object, primary};
use croft_server::{Process, counter};

use crate::observer::{Observation, observe};
use crate::tools::{Result, TICK, ensure, return_slots, slots, used};

/// How often memory is cleared.
const ROUNDS: u64 = 64;

/// Instructions for which nothing is done.
const REST: u64 = 10_000_000;

/// How much longer than the idle median it may take until who has a higher priority is answered.
const PATIENCE: u64 = 10;

/// Allocates the largest frames while others look how long they wait.
pub fn run(process: &Process) -> Result {
    let before = used()?;
    let slot = slots(1)?;
    let allocate = || {
        for _ in 0..ROUNDS {
            let frame = primary().allocate_objects(Object::Frame { bits: 21 }, 1, slot);
            let frame = frame.map_err(|_| "no large frame")?;
            primary().deallocate(frame).map_err(|_| "not taken back")?;
        }
        Ok(())
    };
    let rest = || {
        let start = counter();
        while (counter() - start) * TICK < REST {}
        Ok(())
    };
    // The first one takes memory up.
    allocate()?;
    let ((), idle) = observe(process, "punctual", rest)?;
    let ((), busy) = observe(process, "punctual", allocate)?;
    log::info!(
        "from an alarm to the answer for a higher priority: idle {}; while 2 MiB are cleared {}",
        text(&idle),
        text(&busy)
    );
    ensure(idle.calls > 20 && busy.calls > 20, "too few alarms")?;
    ensure(
        busy.worst <= PATIENCE * idle.median,
        "a higher priority waits until memory is cleared",
    )?;
    return_slots(slot, 1);
    ensure(used()? == before, "not everything came back")
}

fn text(observation: &Observation) -> alloc::string::String {
    let Observation {
        calls,
        median,
        worst,
    } = observation;
    alloc::format!("median {median}, worst {worst} of {calls}")
}
