// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service, apart from the device and from capabilities.

use crate::{Channel, Console, Error, Input, Line, READ_MAX, Receiver, WindowSize};
use croft_console_frame as frame;
use croft_ipc::{Bytes, Caller, Capabilities, Kept, ReceivedCapability};

struct Reader {
    badge: u64,
    notification: Kept,
}

/// The console service over a device `L` with capabilities `C`.
pub struct Service<L, C> {
    pub(crate) line: L,
    capabilities: C,
    pub(crate) receiver: Receiver,
    reader: Option<Reader>,
    /// The interrupt was not acknowledged yet, because the ring was full.
    held_back: bool,
    /// What the last read took.
    taken: [u8; READ_MAX],
}

impl<L: Line, C: Capabilities> Service<L, C> {
    /// Nobody reads yet.
    pub fn new(line: L, capabilities: C) -> Self {
        Self {
            line,
            capabilities,
            receiver: Receiver::default(),
            reader: None,
            held_back: false,
            taken: [0; READ_MAX],
        }
    }

    /// The device interrupted: takes what came in and tells the reader. If the ring is full, the interrupt stays
    /// unacknowledged until somebody has read.
    pub fn interrupted(&mut self) {
        let first = self.receiver.pump(&mut self.line);
        let mut news = first.news;
        self.held_back = !first.drained;
        if first.drained {
            self.line.acknowledge();
            // What came in since then has raised no interrupt on an edge-triggered line.
            news |= self.receiver.pump(&mut self.line).news;
        }
        if news {
            self.notify();
        }
    }

    /// Tells the host that input is taken from now on.
    pub fn ready(&mut self) {
        self.line.send(frame::ready());
    }

    /// Whether the host has asked for the traces since this was asked last. Whoever drives the service has them written.
    pub fn take_trace_request(&mut self) -> bool {
        self.receiver.take_trace_request()
    }

    /// A log line.
    pub(crate) fn log(&mut self, level: frame::Level, text: &str) {
        self.line.send(frame::log(level, text.as_bytes()));
    }

    fn notify(&mut self) {
        if let Some(reader) = &self.reader {
            self.capabilities.signal(&reader.notification);
        }
    }

    fn is_reader(&self, badge: u64) -> bool {
        self.reader
            .as_ref()
            .is_some_and(|reader| reader.badge == badge)
    }
}

impl<L: Line, C: Capabilities> Console for Service<L, C> {
    fn write(&mut self, channel: Channel, bytes: &[u8]) {
        match channel {
            Channel::Output => self.line.send(frame::output(bytes)),
            Channel::ErrorOutput => self.line.send(frame::error(bytes)),
        }
    }

    fn read(&mut self, caller: Caller, at_most: u16) -> Result<Input<'_>, Error> {
        if !self.is_reader(caller.badge) {
            return Err(Error::NotReader);
        }
        let length = self
            .receiver
            .take(&mut self.taken[..usize::from(at_most).min(READ_MAX)]);
        if self.held_back {
            self.interrupted();
        }
        Ok(Input {
            // No longer than the buffer.
            bytes: Bytes::new(&self.taken[..length]).unwrap_or_default(),
            more: self.receiver.has_input(),
            end: self.receiver.is_at_end(),
        })
    }

    fn subscribe(&mut self, caller: Caller, _: ReceivedCapability) -> Result<(), Error> {
        if self.reader.is_some() && !self.is_reader(caller.badge) {
            return Err(Error::NotReader);
        }
        let notification = self.capabilities.keep().map_err(|_| Error::NoSlot)?;
        let reader = Reader {
            badge: caller.badge,
            notification,
        };
        if let Some(before) = self.reader.replace(reader) {
            self.capabilities.forget(before.notification);
        }
        if self.receiver.has_input()
            || self.receiver.is_at_end()
            || self.receiver.window_size().is_some()
        {
            self.notify();
        }
        Ok(())
    }

    fn window_size(&mut self) -> Option<WindowSize> {
        self.receiver.window_size()
    }

    fn finish(&mut self, status: u8) {
        self.line.send(frame::exit(status));
        self.receiver.drop_input();
        if self.held_back {
            self.interrupted();
        }
    }
}

#[cfg(test)]
mod tests;
