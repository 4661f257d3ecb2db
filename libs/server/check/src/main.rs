// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tries the server runtime, the console and the clock from inside a booted system, and measures them.
//!
//! `images/run --image server-check` boots it: a line for each check on standard output, exit status 0 if all are
//! well. It reads standard input to its end and says how many bytes came and what they sum up to. With `--icount` the
//! nanoseconds of the measurements are instructions.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod given;
mod input;
mod measure;
mod memory;
mod messages;
mod time;

use alloc::format;
use alloc::string::String;
use croft_clock::{ClockClient, CounterScale};
use croft_console::{Channel, ConsoleClient};
use croft_ipc::kernel::Endpoint;
use croft_server::{Process, SetupError};

croft_server::main!(run);

/// What checks work with.
pub struct Context {
    process: Process,
    console: ConsoleClient<Endpoint>,
    clock: ClockClient<Endpoint>,
    scale: CounterScale,
}

/// A check tells what is wrong.
pub type Check = fn(&Context) -> Result<(), String>;

const CHECKS: &[(&str, Check)] = &[
    ("arguments", given::arguments),
    ("files", given::files),
    ("capabilities that are not there", given::missing),
    ("heap", memory::heap),
    ("frames", memory::frames),
    ("the whole reserve", memory::reserve),
    ("all slots", memory::slots),
    ("messages that make no sense", messages::nonsense),
    ("a capability that leads nowhere", messages::gone),
    (
        "something else for a notification",
        messages::no_notification,
    ),
    ("timers", time::timers),
    ("real time", time::realtime),
    ("measurements", measure::all),
    ("input", input::to_the_end),
];

fn run(process: Process) -> i32 {
    match context(process) {
        Ok(context) => {
            let failures = CHECKS
                .iter()
                .filter(|(name, check)| !context.passes(name, *check))
                .count();
            let status = failures.min(255) as u8;
            let finished = context.console.finish(status);
            finished.map_or(1, |()| status.into())
        }
        Err(error) => {
            log::error!("{error}");
            1
        }
    }
}

fn context(process: Process) -> Result<Context, SetupError> {
    let console = ConsoleClient::new(process.endpoint("console")?);
    let clock = ClockClient::new(process.endpoint("clock")?);
    let parameters = clock
        .parameters()
        .map_err(|_| SetupError::Capability("clock"))?;
    Ok(Context {
        process,
        console,
        clock,
        scale: parameters.scale(),
    })
}

impl Context {
    fn passes(&self, name: &str, check: Check) -> bool {
        let result = check(self);
        match &result {
            Ok(()) => self.say(&format!("ok {name}")),
            Err(why) => self.say(&format!("FAILED {name}: {why}")),
        }
        result.is_ok()
    }

    /// A line of standard output.
    pub fn say(&self, line: &str) {
        let line = format!("{line}\n");
        if let Err(error) = self.console.write_all(Channel::Output, line.as_bytes()) {
            log::error!("the console: {error}");
        }
    }
}

/// An error unless `condition` holds.
pub fn expect(condition: bool, why: impl Into<String>) -> Result<(), String> {
    if condition { Ok(()) } else { Err(why.into()) }
}
