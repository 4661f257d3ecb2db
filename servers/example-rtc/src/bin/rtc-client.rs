// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client: says on the console what day it is.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::format;
use alloc::string::String;
use croft_console::{Channel, ConsoleClient};
use croft_example_rtc::RtcClient;
use croft_server::Process;

croft_server::main!(run);

fn run(process: Process) -> i32 {
    let Ok(console) = process.endpoint("console").map(ConsoleClient::new) else {
        return 1;
    };
    let (text, status) = match today(&process) {
        Ok(text) => (text, 0),
        Err(error) => (error, 1),
    };
    let written = console.write_all(Channel::Output, format!("{text}\n").as_bytes());
    i32::from(written.and_then(|()| console.finish(status)).is_err())
}

fn today(process: &Process) -> Result<String, String> {
    let rtc = RtcClient::connect(process).map_err(|error| format!("{error}"))?;
    let now = rtc.now().map_err(|error| format!("{error}"))?;
    Ok(format!(
        "{}-{:02}-{:02} {:02}:{:02}",
        now.year, now.month, now.day, now.hour, now.minute
    ))
}
