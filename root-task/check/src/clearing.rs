// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nobody waits while the kernel clears somebody else's memory: the worker has it cleared, at the priority of who asked.
use croft_container::{
    ChildSlots, ContainerError, DeriveProcess, Limits, MAX_UNTYPED_BITS, Object, primary,
};
use croft_ipc::CapabilityAddress;
use croft_ipc::alarm::AlarmClient;
use croft_server::{Process, counter};
use sel4::cap;

use crate::observer::{Observation, observe};
use crate::tools::{Result, TICK, UNLIMITED, at, ensure, return_slots, slots, used};

/// How often memory is cleared.
const ROUNDS: u64 = 64;

/// How often a batch of frames is allocated.
const BATCHES: u64 = 16;

/// What a container may cost while 2 MiB are cleared ahead, which takes more than that.
const AHEAD: u64 = 60_000;

/// Instructions for which nothing is done.
const REST: u64 = 10_000_000;

/// How much longer than the idle median it may take until who has a higher priority is answered.
const PATIENCE: u64 = 10;

/// Something that is done in slots from the first one on.
type Way = fn(u64) -> core::result::Result<(), ContainerError>;

/// What needs memory that the kernel has to clear in one piece.
const WAYS: [(&str, Way); 3] = [
    ("a frame of 2 MiB", |slot| {
        let frame = primary().allocate_objects(Object::Frame { bits: 21 }, 1, slot)?;
        primary().deallocate(frame)
    }),
    ("a process with a CNode of 2 MiB", |slot| {
        let what = DeriveProcess {
            limits: UNLIMITED,
            radix: 16,
            client: true,
            untyped_bits: MAX_UNTYPED_BITS,
        };
        primary().derive_process(&what, slot)?;
        at(slot).destroy()
    }),
    ("a guarantee of 2 MiB", |slot| {
        let guaranteed = 2 << 20;
        let limits = Limits {
            guaranteed,
            ..UNLIMITED
        };
        primary().derive(&limits, slot)?;
        // The first makes it one piece that was used, which is split for the second one.
        let inner = at(slot);
        let whole = inner.allocate_objects(Object::Frame { bits: 21 }, 1, slot + 1)?;
        inner.deallocate(whole)?;
        inner.allocate_frames(1, slot + 1)?;
        inner.destroy()
    }),
];

/// Does what needs clear memory while others look how long they wait.
pub fn run(process: &Process) -> Result {
    let first = slots(ChildSlots::COUNT)?;
    let again = |way: Way| move || (0..ROUNDS).try_for_each(|_| way(first).map_err(|_| "refused"));
    let rest = || {
        let start = counter();
        while (counter() - start) * TICK < REST {}
        Ok(())
    };
    // The first time, everybody takes memory up, which stays.
    for (_, way) in WAYS {
        observe(process, "punctual", again(way))?;
    }
    let ((), idle) = observe(process, "punctual", rest)?;
    ensure(idle.calls > 20, "too few alarms")?;
    let (idle, most) = (text(&idle), PATIENCE * idle.median);
    let before = used()?;
    for (what, way) in WAYS {
        let ((), busy) = observe(process, "punctual", again(way))?;
        log::info!(
            "from an alarm to the answer for a higher priority: idle {}; while {what} is cleared {}",
            idle,
            text(&busy)
        );
        ensure(busy.calls > 20, "too few alarms")?;
        ensure(
            busy.worst <= most,
            "a higher priority waits until memory is cleared",
        )?;
    }
    return_slots(first, ChildSlots::COUNT);
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
    let mut worst = 0;
    for _ in 0..BATCHES {
        let frame = primary().allocate_objects(Object::Frame { bits: 21 }, 1, first + 1);
        let frame = frame.map_err(|_| "no large frame")?;
        primary().deallocate(frame).map_err(|_| "not taken back")?;
        // Some of it is cleared then.
        let moment = counter() + second / 50_000;
        alarm.set(moment).map_err(|_| "no alarm")?;
        cap::Notification::from_bits(first).wait();
        let start = counter();
        let derived = primary().derive(&UNLIMITED, first + 1);
        derived.map_err(|_| "no container")?;
        at(first + 1).destroy().map_err(|_| "not destroyed")?;
        worst = worst.max((counter() - start) * TICK);
    }
    log::info!("derive and destroy while memory is cleared ahead: {worst}");
    ensure(worst <= AHEAD, "who asks waits for what nobody waits for")?;
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
