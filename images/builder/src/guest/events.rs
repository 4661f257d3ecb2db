// SPDX-License-Identifier: MIT OR Apache-2.0
//! From bytes on the serial line to what the guest said.
use std::mem;

use croft_console_frame::{FromGuest, GuestDecoder, Level};
use croft_container::Entry;

/// What a guest said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Output of the program, to its terminal or its standard output.
    Output(Vec<u8>),
    /// The program's standard error, where it is no terminal.
    Error(Vec<u8>),
    /// A log line of Croft's own.
    Log(Level, String),
    /// The states of all containers, parents before their children, as they were asked for.
    Containers(Vec<Entry>),
    /// A piece of a trace (`croft_trace::Piece`).
    Trace(Vec<u8>),
    /// The run is over, with this status.
    Exit(u8),
    /// QEMU closed the line: it has ended, or is about to.
    Closed,
}

/// Puts bytes together to events.
#[derive(Debug, Default)]
pub(super) struct Events {
    decoder: GuestDecoder,
    /// The log line that has begun.
    log: Option<(Level, Vec<u8>)>,
    /// The containers that came so far, and the bytes of the next one.
    containers: Vec<Entry>,
    container: Vec<u8>,
    /// The piece of a trace that has begun.
    trace: Vec<u8>,
    /// The console takes input.
    pub(super) ready: bool,
}

impl Events {
    /// Takes one byte; what it completes, or adds to, is at the end of `events`.
    pub(super) fn take(&mut self, byte: u8, events: &mut Vec<Event>) {
        match self.decoder.take(byte) {
            None => {}
            Some(FromGuest::Output(byte)) => match events.last_mut() {
                Some(Event::Output(bytes)) => bytes.push(byte),
                _ => events.push(Event::Output(vec![byte])),
            },
            Some(FromGuest::Error(byte)) => match events.last_mut() {
                Some(Event::Error(bytes)) => bytes.push(byte),
                _ => events.push(Event::Error(vec![byte])),
            },
            Some(FromGuest::LogStart(level)) => self.log = Some((level, Vec::new())),
            Some(FromGuest::LogByte(byte)) => {
                if let Some((_, line)) = &mut self.log {
                    line.push(byte);
                }
            }
            Some(FromGuest::LogEnd | FromGuest::Malformed) => self.end(events),
            Some(FromGuest::ContainerByte(byte)) => self.container.push(byte),
            Some(FromGuest::ContainerEnd) => self.container(events),
            Some(FromGuest::TraceByte(byte)) => self.trace.push(byte),
            Some(FromGuest::TraceEnd) => events.push(Event::Trace(mem::take(&mut self.trace))),
            Some(FromGuest::Ready) => self.ready = true,
            Some(FromGuest::Exit(status)) => events.push(Event::Exit(status)),
        }
    }

    /// Takes the state of a container; without one they are complete.
    fn container(&mut self, events: &mut Vec<Event>) {
        let bytes = std::mem::take(&mut self.container);
        if bytes.is_empty() {
            events.push(Event::Containers(std::mem::take(&mut self.containers)));
        } else if let Ok(entry) = croft_ipc::decode(&bytes) {
            self.containers.push(entry);
        }
    }

    /// Ends a log line, be it complete or not, and drops what there is of a container.
    pub(super) fn end(&mut self, events: &mut Vec<Event>) {
        self.container.clear();
        // A piece of which something is missing says nothing.
        self.trace.clear();
        if let Some((level, line)) = self.log.take() {
            events.push(Event::Log(level, printable(&line)));
        }
    }
}

/// A line of the guest without anything that would change the terminal that shows it.
fn printable(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\t' {
            safe.extend(letter.escape_default());
        } else {
            safe.push(letter);
        }
    }
    safe
}

/// The same for several lines.
pub(super) fn printable_lines(text: &[u8]) -> String {
    let lines: Vec<_> = text.split(|byte| *byte == b'\n').map(printable).collect();
    lines.join("\n").trim_end().to_owned()
}
