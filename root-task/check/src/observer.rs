// SPDX-License-Identifier: MIT OR Apache-2.0
//! Other processes, which do nothing but ask the container server for nothing, and know how long that took.
use alloc::vec::Vec;

use croft_container::primary;
use croft_ipc::alarm::AlarmClient;
use croft_ipc::kernel::Endpoint;
use croft_ipc::{CapabilityAddress, EVENT_BADGE_BIT};
use croft_server::{Process, counter};
use sel4::{MessageInfo, MessageInfoBuilder, cap};

use crate::tools::{Numbers, Result, TICK};

/// The request that ends an observation. Any other begins one.
const STOP: u64 = 2;

/// Alarms in a second.
const OFTEN: u64 = 20_000;

/// Calls that are remembered.
const MOST: usize = 100_000;

/// What was observed, in instructions.
pub struct Observation {
    /// How many calls.
    pub calls: u64,
    /// What half of them took at the most.
    pub median: u64,
    /// What the longest one took.
    pub worst: u64,
}

fn message(label: u64, length: usize) -> MessageInfo {
    MessageInfoBuilder::default()
        .label(label)
        .length(length)
        .build()
}

/// Observes from one request to the next, for ever: how long a call takes.
pub fn run(process: &Process) -> Result {
    let mut numbers = Numbers(0x5eed);
    serve(process, |endpoint| {
        // Calls at even intervals could fall in step with the kernel's clock, in a machine that counts instructions: its tick
        // would always come while the container server runs, and whoever has the same priority never gets a turn.
        for _ in 0..numbers.below(16) {
            core::hint::spin_loop();
        }
        let start = counter();
        ask()?;
        let time = counter() - start;
        let stops = endpoint.nb_recv_with_mrs(()).info.label() == STOP;
        Ok((Some(time), stops))
    })
}

/// The same, for who has a higher priority than the others: how long after an alarm went off a call is answered.
pub fn punctual(process: &Process) -> Result {
    let clock = process.endpoint("clock").map_err(|_| "no clock")?;
    let alarm = AlarmClient::new(clock);
    let event = process.event(0).map_err(|_| "no event")?;
    let second = alarm.connect_alarm(CapabilityAddress(event.bits()));
    let second = second.map_err(|_| "no alarm")?;
    serve(process, |endpoint| {
        let moment = counter() + second / OFTEN;
        alarm.set(moment).map_err(|_| "no alarm")?;
        let message = endpoint.recv_with_mrs(());
        if message.badge & EVENT_BADGE_BIT == 0 {
            return Ok((None, message.info.label() == STOP));
        }
        ask()?;
        Ok((Some(counter().saturating_sub(moment)), false))
    })
}

fn ask() -> Result {
    let answer = primary().null();
    answer.map_err(|_| "the container server refuses")
}

/// Takes samples from one request to the next; `sample` tells how long something took, and whether the next request was
/// there.
fn serve(
    process: &Process,
    mut sample: impl FnMut(cap::Endpoint) -> Result<(Option<u64>, bool)>,
) -> Result {
    let endpoint = process.service().map_err(|_| "no service endpoint")?;
    let mut times = Vec::with_capacity(MOST);
    loop {
        let begin = endpoint.recv_with_mrs(());
        if begin.badge & EVENT_BADGE_BIT != 0 {
            continue;
        }
        sel4::reply_with_mrs(message(0, 0), ());
        if begin.info.label() == STOP {
            continue;
        }
        times.clear();
        loop {
            let (time, stops) = sample(endpoint)?;
            if let Some(time) = time.filter(|_| times.len() < MOST) {
                times.push(time * TICK);
            }
            if stops {
                break;
            }
        }
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let worst = times.last().copied().unwrap_or_default();
        sel4::reply_with_mrs(message(0, 3), [times.len() as u64, median, worst]);
    }
}

/// What the other process observes while `work` is done.
pub fn observe<T>(
    process: &Process,
    observer: &'static str,
    work: impl FnOnce() -> Result<T>,
) -> Result<(T, Observation)> {
    let Endpoint(observer) = process.endpoint(observer).map_err(|_| "no observer")?;
    observer.call_with_mrs(message(1, 0), ());
    let result = work();
    let [calls, median, worst, _] = observer.call_with_mrs(message(STOP, 0), ()).msg;
    let observation = Observation {
        calls,
        median,
        worst,
    };
    Ok((result?, observation))
}
