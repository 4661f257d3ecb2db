// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the root task says: to the console server if one runs, else straight to the serial port. Debug kernels print it
//! as well.
use alloc::string::String;
use core::fmt::{self, Write};
use core::panic::PanicInfo;

use croft_console_frame as frame;
use croft_ipc::log::{LINE_MAX, Level, Line, Log};
use croft_ipc::{Label, encode};
use sel4::{MessageInfoBuilder, cap};

use crate::uart;

/// Says lines.
pub struct Report {
    verbose: bool,
    /// The endpoint of the console server, while one runs.
    console: Option<cap::Endpoint>,
}

impl Report {
    /// `verbose`: also what goes well.
    pub const fn new(verbose: bool) -> Self {
        Self {
            verbose,
            console: None,
        }
    }

    /// Where lines go from now on.
    pub const fn set_console(&mut self, console: Option<cap::Endpoint>) {
        self.console = console;
    }

    /// Says something that went well, if that is of interest.
    pub fn information(&self, text: fmt::Arguments<'_>) {
        if self.verbose {
            self.line(Level::Information, text);
        }
    }

    /// Says something that did not go well.
    pub fn error(&self, text: fmt::Arguments<'_>) {
        self.line(Level::Error, text);
    }

    fn line(&self, level: Level, text: fmt::Arguments<'_>) {
        let mut line = String::new();
        // Only formatting itself can fail; then there is a part of the line.
        let _ = write!(line, "root task: {text}");
        line.truncate(line.floor_char_boundary(LINE_MAX));
        sel4::debug_println!("{line}");
        match self.console {
            Some(console) => send(console, level, &line),
            None => raw(level, &line),
        }
    }
}

/// Sends a line to the console server if it is waiting for work, as it is whenever it has none. The root task never
/// waits for a server: one that does not serve must not hold up the others.
fn send(console: cap::Endpoint, level: Level, text: &str) {
    let line = Line { level, text };
    let length = sel4::with_ipc_buffer_mut(|buffer| encode(&line, buffer.msg_bytes_mut()));
    if let Ok(length) = length {
        let info = MessageInfoBuilder::default()
            .label(Label::request::<Log>(0).to_bits())
            .length(length.div_ceil(8))
            .build();
        console.nb_send(info);
    }
}

/// Writes a line to the serial port, as the console server would.
fn raw(level: Level, text: &str) {
    let level = match level {
        Level::Debug => frame::Level::Debug,
        Level::Information => frame::Level::Information,
        Level::Warning => frame::Level::Warning,
        Level::Error => frame::Level::Error,
    };
    frame::log(level, text.as_bytes()).for_each(uart::put);
}

/// From now on a panic is reported on the serial port.
pub fn install_panic_hook() {
    sel4_root_task::panicking::set_hook(&on_panic);
}

fn on_panic(information: &PanicInfo<'_>) {
    let mut line = String::new();
    let _ = write!(line, "root task: {}", information.message());
    if let Some(place) = information.location() {
        let _ = write!(line, " ({place})");
    }
    sel4::debug_println!("{line}");
    raw(Level::Error, &line);
}
