// SPDX-License-Identifier: MIT OR Apache-2.0
//! Has no files, and asks for one.

use crate::{Result, say};
use alloc::format;
use alloc::string::String;
use croft_patterns::power_box::{Access, AskClient, DocumentClient};
use croft_server::{Process, Slot};

pub fn run(process: &Process) -> Result {
    let power_box = AskClient::connect(process)?;
    let slot = Slot::new()?;
    // Nothing was asked for yet.
    say(process, format!("{:?}", power_box.take(&slot)));
    let asked = power_box.ask(Access::Write, "what shall I edit?");
    if asked.is_err() {
        say(process, format!("{asked:?}"));
        return Ok(());
    }
    power_box.take(&slot)?;
    let document = DocumentClient::new(slot.endpoint());
    let length = document.length()?;
    let text = document.read(0, 100, |bytes| String::from_utf8_lossy(&bytes).into_owned())?;
    say(
        process,
        format!("{asked:?}: {length} bytes: {}", text.trim_end()),
    );
    document.write(0, b"D")?;
    // The capability for one file is no way to another, and no way to ask.
    let through = AskClient::new(slot.endpoint());
    say(process, format!("{:?}", through.take(&Slot::new()?)));
    say(process, "take it back now");
    while document.length().is_ok() {
        sel4::r#yield();
    }
    say(process, format!("{:?}", document.length()));
    let asked = power_box.ask(Access::Read, "may I \x1b[2J see another?");
    say(process, format!("{asked:?}"));
    let asked = power_box.ask(Access::Write, "the same once more?");
    let other = Slot::new()?;
    power_box.take(&other)?;
    let document = DocumentClient::new(other.endpoint());
    let text = document.read(0, 100, |bytes| String::from_utf8_lossy(&bytes).into_owned())?;
    let written = document.write(0, b"d");
    say(
        process,
        format!("{asked:?}: {}; {written:?}", text.trim_end()),
    );
    Ok(())
}
