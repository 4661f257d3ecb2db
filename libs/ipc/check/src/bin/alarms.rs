// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client that waits only so long, with a clock that dies.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::boxed::Box;
use alloc::format;
use core::error::Error;
use core::time::Duration;
use croft_calls_check::PatienceClient;
use croft_clock::ClockClient;
use croft_console::tell;
use croft_ipc::CallError;
use croft_server::{Limited, Process, counter};

croft_server::main!(|process| tell(&process, run(&process)));

type Result<T = ()> = core::result::Result<T, Box<dyn Error>>;

fn run(process: &Process) -> Result<&'static str> {
    let scale = ClockClient::connect_to(process, "true-clock")?
        .parameters()?
        .scale();
    let ticks = |milliseconds: u64| scale.ticks(milliseconds * 1_000_000);
    let within = |milliseconds| -> Result<PatienceClient<Limited>> {
        let within = process.within(Duration::from_millis(milliseconds))?;
        Ok(PatienceClient::connect_to(&within, "patient")?)
    };
    let times_out = |milliseconds| -> Result {
        let (start, answer) = (counter(), within(milliseconds)?.never());
        let waited = counter() - start;
        let so = answer == Err(CallError::TimedOut)
            && (ticks(milliseconds)..ticks(milliseconds + 3)).contains(&waited);
        ensure(so, format!("{answer:?} after {waited} ticks"))
    };
    // An alarm in a millisecond, for a call that is answered at once.
    ensure(within(1)?.next(1) == Ok(2), "no answer")?;
    // It goes off during this call, whose own alarm the watchdog sets; the clock dies of that while the watchdog waits.
    ensure(within(5)?.late(1, ticks(2)) == Ok(2), "no late answer")?;
    // The successor has a new watchdog.
    times_out(1)?;
    // The clock dies while this call is about to begin.
    times_out(1)?;
    // Then there is none any more, and no call that could wait for ever.
    let answer = within(1)?.never();
    ensure(
        matches!(answer, Err(CallError::Transport(_))),
        format!("without a clock: {answer:?}"),
    )?;
    ensure(
        PatienceClient::connect_to(process, "patient")?.next(1) == Ok(2),
        "what has no limit needs no clock",
    )?;
    Ok("all is well")
}

fn ensure(so: bool, why: impl Into<alloc::string::String>) -> Result {
    if so { Ok(()) } else { Err(why.into().into()) }
}
