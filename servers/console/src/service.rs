// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service, apart from the device and from capabilities.

use crate::{Channel, Console, Error, Line, READ_MAX, Receiver, Reply, Request};
use croft_console_frame as frame;
use croft_ipc::{Answer, Call, Handler, HandlerResult, ReceivedCapability};

/// What the service needs to notify its reader.
pub trait Subscribers {
    /// Names a notification capability that is kept.
    type Notification: Copy;

    /// Takes the capability out of the receive slot to keep it. `None` if there is no place for it.
    fn keep_received(&mut self) -> Option<Self::Notification>;

    /// Gives a kept capability back.
    fn forget(&mut self, notification: Self::Notification);

    /// Signals it.
    fn signal(&mut self, notification: Self::Notification);
}

struct Reader<N> {
    badge: u64,
    notification: N,
}

/// The console service over a device `L`.
pub struct Service<L, S: Subscribers> {
    line: L,
    subscribers: S,
    receiver: Receiver,
    reader: Option<Reader<S::Notification>>,
    /// The interrupt was not acknowledged yet, because the ring was full.
    held_back: bool,
    /// What the last read took.
    taken: [u8; READ_MAX],
}

impl<L: Line, S: Subscribers> Service<L, S> {
    /// Nobody reads yet.
    pub fn new(line: L, subscribers: S) -> Self {
        Self {
            line,
            subscribers,
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

    /// A log line.
    pub(crate) fn log(&mut self, level: frame::Level, text: &str) {
        self.line.send(frame::log(level, text.as_bytes()));
    }

    fn notify(&mut self) {
        if let Some(reader) = &self.reader {
            self.subscribers.signal(reader.notification);
        }
    }

    fn write(&mut self, channel: Channel, bytes: &[u8]) {
        match channel {
            Channel::Output => self.line.send(frame::output(bytes)),
            Channel::ErrorOutput => self.line.send(frame::error(bytes)),
        }
    }

    fn read(&mut self, at_most: u16, badge: u64) -> Result<Reply<'_>, Error> {
        if self
            .reader
            .as_ref()
            .is_none_or(|reader| reader.badge != badge)
        {
            return Err(Error::NotReader);
        }
        let length = self
            .receiver
            .take(&mut self.taken[..usize::from(at_most).min(READ_MAX)]);
        if self.held_back {
            self.interrupted();
        }
        let bytes = &self.taken[..length];
        Ok(Reply::Input {
            bytes,
            more: self.receiver.has_input(),
            end: self.receiver.is_at_end(),
        })
    }

    fn subscribe(&mut self, call: &Call) -> Result<(), Error> {
        if call.capability != ReceivedCapability::InSlot {
            return Err(Error::NotificationMissing);
        }
        if self
            .reader
            .as_ref()
            .is_some_and(|reader| reader.badge != call.badge)
        {
            return Err(Error::NotReader);
        }
        let notification = self.subscribers.keep_received().ok_or(Error::NoSlot)?;
        let reader = Reader {
            badge: call.badge,
            notification,
        };
        if let Some(before) = self.reader.replace(reader) {
            self.subscribers.forget(before.notification);
        }
        if self.receiver.has_input()
            || self.receiver.is_at_end()
            || self.receiver.window_size().is_some()
        {
            self.notify();
        }
        Ok(())
    }
}

impl<L: Line, S: Subscribers> Handler for Service<L, S> {
    type Interface = Console;

    fn handle<'s>(&'s mut self, request: Request<'_>, call: &Call) -> HandlerResult<'s, Console> {
        let reply = match request {
            Request::Write { channel, bytes } => {
                self.write(channel, bytes);
                Reply::Done
            }
            Request::Read { at_most } => self.read(at_most, call.badge)?,
            Request::Subscribe => {
                self.subscribe(call)?;
                Reply::Done
            }
            Request::WindowSize => Reply::WindowSize(self.receiver.window_size()),
            Request::Finish { status } => {
                self.line.send(frame::exit(status));
                Reply::Done
            }
        };
        Ok(Answer::Reply(reply))
    }
}

#[cfg(test)]
mod tests;
