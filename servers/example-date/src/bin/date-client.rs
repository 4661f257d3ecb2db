// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two clients, which argument says: the guest tries everything that it has to set the clock, the operator just does it.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::error::Error;
use croft_console::{ConsoleClient, say, tell};
use croft_example_date::DateClient;
use croft_registry::{Names, ViewClient};
use croft_server::Process;

croft_server::main!(run);

type Told = Result<String, Box<dyn Error>>;

fn run(process: Process) -> i32 {
    if process.arguments() == b"operator" {
        return tell(&process, operate(&process));
    }
    let Ok(console) = ConsoleClient::connect(&process) else {
        return 1;
    };
    // The operator ends the run.
    i32::from(!say(
        &console,
        attempt(&process).unwrap_or_else(|error| error.to_string()),
    ))
}

/// 2030-05-06 07:08:09, UTC.
const DATE: u32 = 1_904_281_689;

fn operate(process: &Process) -> Told {
    let names = Names::of(process)?;
    let date = DateClient::connect(&names)?;
    let set = date.set(DATE);
    let is_set = date.now().is_ok_and(|now| (DATE..DATE + 60).contains(&now));
    // Whoever it gives a part of its view to is not the operator.
    let view = names.derive(false)?;
    names.view().show_all(view.address(), "", true)?;
    let agent = Names::new(ViewClient::new(view.endpoint()));
    let agents = DateClient::connect(&agent)?.set(0);
    Ok(format!(
        "operator: {set:?}, is set: {is_set}\noperator's agent: {agents:?}"
    ))
}

fn attempt(process: &Process) -> Told {
    let names = Names::of(process)?;
    let mut lines = Vec::new();
    let mut line = |text: &str, found: String| lines.push(format!("guest: {text}: {found}"));
    let shown = names.view().list("")?;
    let shown: Vec<_> = shown.iter().map(|shown| shown.name.as_str()).collect();
    line("its names", shown.join(", "));
    // Its view calls the service otherwise.
    let clock = DateClient::connect_to(&names, "clock")?;
    let before = clock.now()?;
    line("sets it", format!("{:?}", clock.set(DATE)));
    line("the service's name", told(names.find_now("date")));
    line("takes the name over", told(names.publish(process, "clock")));
    let capabilities = process.environment().capabilities.iter();
    let capabilities: Vec<_> = capabilities.map(|named| named.name).collect();
    line("its capabilities", capabilities.join(", "));
    line("the device", told(device(process)));
    line("the service's program", told(process.file("date")));
    // All containers that it can name: its own.
    let mut containers = Vec::new();
    croft_container::primary().list(|entry| containers.push(entry.name.to_string()))?;
    line("containers", containers.join(", "));
    let goes_on = (before..before + 60).contains(&clock.now()?);
    line("the clock goes on as before", goes_on.to_string());
    Ok(lines.join("\n"))
}

fn told<R, E: core::fmt::Display>(result: Result<R, E>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "done".to_string())
}

#[cfg(target_arch = "aarch64")]
fn device(process: &Process) -> Result<(), impl Error + use<>> {
    process.registers::<u32>("rtc").map(drop)
}

#[cfg(target_arch = "x86_64")]
fn device(process: &Process) -> Result<(), impl Error + use<>> {
    process.io_ports("rtc").map(drop)
}
