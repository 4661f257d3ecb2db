// SPDX-License-Identifier: MIT OR Apache-2.0
//! Another process, which does nothing but ask the container server for nothing, and knows how long that took.
use alloc::vec::Vec;

use croft_container::primary;
use croft_ipc::kernel::Endpoint;
use croft_server::{Process, counter};
use sel4::{MessageInfo, MessageInfoBuilder};

use crate::tools::{Result, TICK};

/// The request that ends an observation. Any other begins one.
const STOP: u64 = 2;

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

/// Observes from one request to the next, for ever.
pub fn run(process: &Process) -> Result {
    let endpoint = process.service().map_err(|_| "no service endpoint")?;
    let mut times = Vec::with_capacity(MOST);
    loop {
        let begin = endpoint.recv_with_mrs(());
        sel4::reply_with_mrs(message(0, 0), ());
        if begin.info.label() == STOP {
            continue;
        }
        times.clear();
        loop {
            let start = counter();
            primary()
                .null()
                .map_err(|_| "the container server refuses")?;
            if times.len() < MOST {
                times.push((counter() - start) * TICK);
            }
            if endpoint.nb_recv_with_mrs(()).info.label() == STOP {
                break;
            }
        }
        times.sort_unstable();
        let [median, worst] = [times[times.len() / 2], times[times.len() - 1]];
        sel4::reply_with_mrs(message(0, 3), [times.len() as u64, median, worst]);
    }
}

/// What the other process observes while `work` is done.
pub fn observe<T>(process: &Process, work: impl FnOnce() -> Result<T>) -> Result<(T, Observation)> {
    let Endpoint(observer) = process.endpoint("observer").map_err(|_| "no observer")?;
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
