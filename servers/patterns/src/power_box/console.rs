// SPDX-License-Identifier: MIT OR Apache-2.0
//! The user's terminal is the console, of which the power box is the one reader.

use super::{PowerBox, Terminal, Typed};
use croft_console::{Channel, ConsoleClient, READ_MAX};
use croft_ipc::kernel::Endpoint;
use croft_server::{Process, ServerCapabilities, SetupError};

/// The event bit of the console.
const INPUT: u32 = 0;

/// The console as a terminal.
pub struct Console(ConsoleClient<Endpoint>);

impl Terminal for Console {
    fn show(&mut self, text: &str) {
        // Without a console there is nobody to be told.
        let _ = self.0.write_all(Channel::Output, text.as_bytes());
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
