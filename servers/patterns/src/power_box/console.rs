// SPDX-License-Identifier: MIT OR Apache-2.0
//! The user's terminal is the console, of which the power box is the one reader.

use super::{PowerBox, Terminal, Typed};
use alloc::vec::Vec;
use croft_console::{Channel, ConsoleClient, READ_MAX};
use croft_ipc::kernel::Endpoint;
use croft_server::{Process, ServerCapabilities, SetupError};

/// The event bit of the console.
const INPUT: u32 = 0;

/// The console as a terminal.
pub struct Console(ConsoleClient<Endpoint>);

impl Console {
    /// Writes as a terminal wants it, if there is one: it is in the raw mode, without echo, and a line feed only goes down.
    fn write(&self, text: &[u8]) {
        let is_terminal = matches!(self.0.window_size(), Ok(Some(_)));
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let (line, end): (_, &[u8]) = match line.strip_suffix(b"\n") {
                Some(line) if is_terminal => (line, b"\r\n"),
                Some(line) => (line, b"\n"),
                None => (line, b""),
            };
            // Without a console there is nobody to be told.
            let _ = self.0.write_all(Channel::Output, line);
            let _ = self.0.write_all(Channel::Output, end);
        }
    }

    /// Shows what was typed, on a terminal.
    fn echo(&self, typed: &[u8]) {
        if matches!(self.0.window_size(), Ok(Some(_))) {
            let shown = typed.iter().map(|byte| match byte {
                b'\r' => b'\n',
                b' '..=b'~' | b'\n' => *byte,
                _ => b'?',
            });
            self.write(&shown.collect::<Vec<_>>());
        }
    }
}

impl Terminal for Console {
    fn show(&mut self, text: &str) {
        self.write(text.as_bytes());
    }

    fn typed(&mut self) -> Typed {
        let mut typed = Typed::default();
        let mut buffer = [0; READ_MAX];
        loop {
            let Ok(taken) = self.0.read_into(&mut buffer) else {
                // Who cannot be asked grants nothing.
                typed.end = true;
                return typed;
            };
            self.echo(&buffer[..taken.length]);
            typed.bytes.extend_from_slice(&buffer[..taken.length]);
            typed.end = taken.end;
            if !taken.more {
                return typed;
            }
        }
    }
}

/// A power box over the console, with all files of the process.
///
/// # Errors
/// [`SetupError`], also if somebody else reads from the console.
pub fn over_console(
    process: &Process,
    capabilities: ServerCapabilities,
) -> Result<PowerBox<ServerCapabilities, Console>, SetupError> {
    let console = ConsoleClient::connect(process)?;
    let event = process.event(INPUT)?;
    console
        .subscribe(event.into())
        .map_err(|_| SetupError::Capability("console"))?;
    let mut service = PowerBox::new(capabilities, Console(console));
    for file in process.environment().files {
        service.add(file.name, process.file(file.name)?);
    }
    Ok(service)
}
