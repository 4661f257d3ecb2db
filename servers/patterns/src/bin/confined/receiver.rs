// SPDX-License-Identifier: MIT OR Apache-2.0
//! Wants plain text of what is on the clipboard.

use crate::{Result, parent, say};
use alloc::format;
use alloc::string::String;
use croft_patterns::paste::PastingClient;
use croft_patterns::paste::receive::{Pasted, Receiver};
use croft_server::Process;

/// The most bytes that it wants.
const AT_MOST: usize = 1000;

/// How long it waits for them, in milliseconds.
const PATIENCE: u64 = 1000;

pub fn run(process: &Process, when: &str) -> Result {
    let mut receiver = Receiver::new(process)?;
    let pasted = Pasted::take(&PastingClient::connect(process)?)
        .map_err(|error| format!("nothing was taken: {error:?}"))?;
    if when == "later" {
        parent().wait()?;
    }
    match receiver.convert(&pasted, AT_MOST, PATIENCE) {
        Ok(text) => say(process, String::from_utf8_lossy(&text)),
        Err(error) => say(process, format!("no text: {error}")),
    }
    Ok(())
}
