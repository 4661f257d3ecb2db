// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client: makes counters, counts, ends one, and says on the console what came of it.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error;
use croft_console::tell;
use croft_example_counter::{CounterClient, CountersClient};
use croft_server::{Process, Slot};

croft_server::main!(|process| tell(&process, count(&process)));

fn count(process: &Process) -> Result<String, Box<dyn Error>> {
    let counters = CountersClient::connect(process)?;
    // A capability that comes with a reply goes into a slot, which gives it back when it is dropped.
    let (heather, sheep) = (Slot::new()?, Slot::new()?);
    counters.create(40, &heather)?;
    counters.create(u64::MAX, &sheep)?;
    let [one, other] = [&heather, &sheep].map(|slot| CounterClient::new(slot.endpoint()));
    let mut lines = Vec::from([
        format!("{:?}", one.add(2)),
        format!("{:?} {:?}", other.add(1), other.get()),
        format!("{:?}", counters.remove(heather.address())),
    ]);
    // It is gone: for those who hold it, and for the service that made it.
    let again = counters.remove(heather.address());
    lines.push(format!("{:?} {again:?}", one.get()));
    // An empty slot leads nowhere either.
    lines.push(format!(
        "{:?}",
        CounterClient::new(Slot::new()?.endpoint()).get()
    ));
    let mut held = Vec::new();
    let refused = loop {
        let slot = Slot::new()?;
        match counters.create(0, &slot) {
            Ok(_) => held.push(slot),
            Err(error) => break error,
        }
    };
    lines.push(format!("{} more, then {refused:?}", held.len()));
    Ok(lines.join("\n"))
}
