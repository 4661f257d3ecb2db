// SPDX-License-Identifier: MIT OR Apache-2.0
//! Calls and prints what it costs.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::format;
use alloc::string::String;
use core::hint::black_box;
use croft_clock::{ClockClient, CounterScale};
use croft_console::{Channel, ConsoleClient};
use croft_ipc::SharedMemory;
use croft_ipc::kernel::Endpoint;
use croft_ipc_bench::BenchClient;
use croft_server::{Process, SharedPage, counter};
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
    let _ = console.write_all(Channel::Output, format!("{line}\n").as_bytes());
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
    let shared = shared(console, &scale, &stub, null)?;
    Ok(percent <= NULL_CALL_BOUND && failed == 0 && shared)
}

/// 4 KiB through a shared page: the client copies them in, the server copies them out.
fn shared(
    console: &ConsoleClient<Endpoint>,
    scale: &CounterScale,
    stub: &BenchClient<Endpoint>,
    null: u64,
) -> Result<bool, String> {
    let page = SharedPage::new().map_err(|error| format!("{error}"))?;
    let frame = page.address().ok_or("a new page is this process' own")?;
    if stub.share(frame) != Ok(true) {
        return Err("the server does not take the page".into());
    }
    let (mut bytes, mut copy) = ([7u8; 4096], [0u8; 4096]);
    let memcpy = time(scale, || {
        copy.copy_from_slice(black_box(&bytes));
        black_box(&mut copy);
    });
    let (mut failed, mut number) = (0u64, 0u8);
    let shared = time(scale, || {
        number = number.wrapping_add(1);
        bytes[4095] = number;
        let written = page.write(0, &bytes).is_ok();
        failed += u64::from(!written || stub.take(4096) != Ok(number.into()));
    });
    let bound = 2 * (memcpy + null);
    log(console, &format!("4 KiB by memcpy: {memcpy} ns"));
    log(
        console,
        &format!("4 KiB through a shared page: {shared} ns, {failed} failed (bound {bound} ns)"),
    );
    Ok(failed == 0 && shared <= bound)
}

/// Nanoseconds of each call, on the average; the first ones, which fault the code in, do not count.
fn time(scale: &CounterScale, mut call: impl FnMut()) -> u64 {
    (0..16).for_each(|_| call());
    let start = counter();
    (0..TIMES).for_each(|_| call());
    let ticks = counter() - start;
    scale.monotonic(scale.parameters().epoch + ticks) / TIMES
}
