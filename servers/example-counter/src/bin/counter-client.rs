// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client: makes two counters, counts, ends one, and says on the console what came of it.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::format;
use alloc::string::String;
use croft_console::{Channel, ConsoleClient};
use croft_example_counter::{CounterClient, CountersClient, CountersError};
use croft_ipc::CallError;
use croft_ipc::kernel::Endpoint;
use croft_server::{Process, Slot};

croft_server::main!(run);

fn run(process: Process) -> i32 {
    let Ok(console) = process.endpoint("console").map(ConsoleClient::new) else {
        return 1;
    };
    let (text, status) = match count(&process) {
        Ok(text) => (text, 0),
        Err(error) => (format!("{error}\n"), 1),
    };
    let written = console.write_all(Channel::Output, text.as_bytes());
    // The console ends the run; without it nobody learns the status.
    i32::from(written.and_then(|()| console.finish(status)).is_err())
}

fn count(process: &Process) -> Result<String, String> {
    let counters = CountersClient::connect(process).map_err(|error| format!("{error}"))?;
    let (heather, sheep) = (new(&counters, 40)?, new(&counters, u64::MAX)?);
    let [heather_client, sheep_client] =
        [&heather, &sheep].map(|slot| CounterClient::new(slot.endpoint()));
    let mut text = format!("{:?}\n", heather_client.add(2));
    text += &format!("{:?} {:?}\n", sheep_client.add(1), sheep_client.get());
    text += &format!("{:?}\n", counters.remove(heather.address()));
    // It is gone: for those who hold it, and for the service that made it.
    text += &format!(
        "{:?} {:?}\n",
        heather_client.get(),
        counters.remove(heather.address())
    );
    // Any other capability is none of its counters.
    let other = Slot::new().map_err(|error| format!("{error}"))?;
    text += &format!("{:?}\n", CounterClient::new(other.endpoint()).get());
    let mut held = alloc::vec::Vec::new();
    let refused = loop {
        let slot = Slot::new().map_err(|error| format!("{error}"))?;
        match counters.create(0, &slot) {
            Ok(_) => held.push(slot),
            Err(error) => break error,
        }
    };
    text += &format!("{} more, then {refused:?}\n", held.len());
    match refused {
        CallError::Refused(CountersError::TooMany) => Ok(text),
        other => Err(format!("{other}")),
    }
}

fn new(counters: &CountersClient<Endpoint>, start: u64) -> Result<Slot, String> {
    let slot = Slot::new().map_err(|error| format!("{error}"))?;
    counters
        .create(start, &slot)
        .map_err(|error| format!("{error}"))?;
    Ok(slot)
}
