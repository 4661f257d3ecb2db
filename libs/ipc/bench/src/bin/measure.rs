// SPDX-License-Identifier: MIT OR Apache-2.0
//! Calls and prints what it costs.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::format;
use alloc::string::String;
use croft_clock::{ClockClient, CounterScale};
use croft_console::{Channel, ConsoleClient};
use croft_ipc::kernel::Endpoint;
use croft_ipc_bench::BenchClient;
use croft_server::{Process, counter};
use sel4::MessageInfoBuilder;

croft_server::main!(run);

/// How often each is done.
const TIMES: u64 = 4096;

/// What a call through the generated client may cost: so many hundredths of a raw one.
const NULL_CALL_BOUND: u64 = 125;

fn run(process: Process) -> i32 {
    let Ok(console) = process.endpoint("console").map(ConsoleClient::new) else {
        return 1;
    };
    let status = match measure(&process, &console) {
        Ok(within) => u8::from(!within),
        Err(error) => {
            log(&console, &error);
            2
        }
    };
    i32::from(console.finish(status).is_err())
}

fn log(console: &ConsoleClient<Endpoint>, line: &str) {
    // Without a console there is nobody to tell.
    let _ = console.write(Channel::Output, format!("{line}\n").as_bytes());
}

fn measure(process: &Process, console: &ConsoleClient<Endpoint>) -> Result<bool, String> {
    let text = |error: &dyn core::fmt::Display| format!("{error}");
    let clock = process.endpoint("clock").map_err(|error| text(&error))?;
    let clock = ClockClient::new(clock);
    let scale = clock.parameters().map_err(|error| text(&error))?.scale();
    let raw = process.endpoint("raw").map_err(|error| text(&error))?.0;
    let stub = BenchClient::connect_to(process, "stub").map_err(|error| text(&error))?;

    let info = MessageInfoBuilder::default()
        .label(1 << 12)
        .length(1)
        .build();
    let mut number = 0;
    let raw = time(&scale, || number = raw.call_with_mrs(info, [number]).msg[0]);
    if number < TIMES {
        return Err(format!("the raw server counted to {number}"));
    }
    let (mut number, mut failed) = (0, 0);
    let null = time(&scale, || match stub.next(number) {
        Ok(next) => number = next,
        Err(_) => failed += 1,
    });
    if failed > 0 || number < TIMES {
        return Err(format!(
            "the server counted to {number}, {failed} calls failed"
        ));
    }
    let percent = null * 100 / raw;
    log(
        console,
        &format!("raw call and reply, one word each: {raw} ns"),
    );
    log(
        console,
        &format!(
            "null call by the generated client: {null} ns, {percent}% of that (bound {NULL_CALL_BOUND}%)"
        ),
    );
    let mut failed = 0;
    let bytes = time(&scale, || {
        failed += u64::from(stub.bytes(&[7; 900]) != Ok(900))
    });
    log(
        console,
        &format!("900 bytes in a message: {bytes} ns, {failed} failed"),
    );
    Ok(percent <= NULL_CALL_BOUND && failed == 0)
}

/// Nanoseconds of each call, on the average; the first ones, which fault the code in, do not count.
fn time(scale: &CounterScale, mut call: impl FnMut()) -> u64 {
    (0..16).for_each(|_| call());
    let start = counter();
    (0..TIMES).for_each(|_| call());
    let ticks = counter() - start;
    scale.monotonic(scale.parameters().epoch + ticks) / TIMES
}
