// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client: says on the console what day it is.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::error::Error;
use croft_console::tell;
use croft_example_rtc::RtcClient;
use croft_server::Process;

croft_server::main!(|process| tell(&process, today(&process)));

fn today(process: &Process) -> Result<String, Box<dyn Error>> {
    let now = RtcClient::connect(&process.across_restarts())?.now()?;
    let (year, month, day) = (now.year, now.month, now.day);
    let (hour, minute) = (now.hour, now.minute);
    Ok(format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}"))
}
