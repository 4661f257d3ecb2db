// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nobody waits while the kernel clears somebody else's memory: the worker has it cleared, at the priority of who asked.
use croft_container::{Object, primary};
use croft_ipc::CapabilityAddress;
use croft_ipc::alarm::AlarmClient;
use croft_server::{Process, counter};
use sel4::cap;

use crate::observer::{Observation, observe};
use crate::tools::{Result, TICK, ensure, return_slots, slots, used};

/// How often memory is cleared.
const ROUNDS: u64 = 64;

/// How often a batch of frames is allocated.
const BATCHES: u64 = 16;

/// Instructions for which nothing is done.
const REST: u64 = 10_000_000;

/// How much longer than the idle median it may take until who has a higher priority is answered.
const PATIENCE: u64 = 10;

/// Allocates the largest frames while others look how long they wait.
pub fn run(process: &Process) -> Result {
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
    // The first time, everybody takes memory up, which stays.
    observe(process, "punctual", allocate)?;
    let before = used()?;
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
    ensure(used()? == before, "not everything came back")?;
    rested(process)
}

/// What was given back is cleared while nobody has anything to do: then it is there at once.
fn rested(process: &Process) -> Result {
    let first = slots(65)?;
    let notification = primary().allocate_objects(Object::Notification, 1, first);
    let notification = notification.map_err(|_| "no notification")?;
    let clock = process.endpoint("clock").map_err(|_| "no clock")?;
    let alarm = AlarmClient::new(clock);
    let second = alarm.connect_alarm(CapabilityAddress(first));
    let second = second.map_err(|_| "no alarm")?;
    let before = used()?;
    let mut spent = [0; 2];
    for round in 0..=BATCHES {
        let start = counter();
        let block = primary().allocate_frames(64, first + 1);
        let allocated = counter();
        let block = block.map_err(|_| "no frames")?;
        primary().deallocate(block).map_err(|_| "not taken back")?;
        // The first time, nothing was given back before.
        if round > 0 {
            spent[0] += (allocated - start) * TICK;
            spent[1] += (counter() - allocated) * TICK;
        }
        let moment = counter() + second / 1000;
        alarm.set(moment).map_err(|_| "no alarm")?;
        cap::Notification::from_bits(first).wait();
    }
    let [allocate, deallocate] = spent.map(|spent| spent / BATCHES);
    log::info!("allocate 64 frames after a rest: {allocate}");
    log::info!("deallocate 64 frames before a rest: {deallocate}");
    ensure(used()? == before, "not everything came back")?;
    let back = primary().deallocate(notification);
    back.map_err(|_| "not taken back")?;
    return_slots(first, 65);
    Ok(())
}

fn text(observation: &Observation) -> alloc::string::String {
    let Observation {
        calls,
        median,
        worst,
    } = observation;
    alloc::format!("median {median}, worst {worst} of {calls}")
}
