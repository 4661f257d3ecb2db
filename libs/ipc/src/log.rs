// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface for log lines. The console serves it beside its own; the server runtime is its client, so that a
//! server logs wherever its parent has put a capability for it.

use crate::{CallError, MESSAGE_BYTES, Never, Transport, data, interface, numbers};

/// Takes log lines.
#[interface(number = numbers::LOG, version = 2)]
pub trait Log {
    /// Logs one line, without a line end.
    fn line(&mut self, level: Level, #[max(LINE_MAX)] text: &str);
}

/// The most bytes of one line.
pub const LINE_MAX: usize = MESSAGE_BYTES - 16;

/// How much a line matters.
#[data]
#[derive(Copy, PartialOrd, Ord)]
pub enum Level {
    /// Of use only to somebody who looks for a fault.
    Debug,
    /// What Croft does.
    Information,
    /// Something is not as it should be, but goes on.
    Warning,
    /// Something failed.
    Error,
}

impl<T: Transport> LogClient<T> {
    /// Logs one line; what is behind [`LINE_MAX`] bytes is left out.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn line_start(&self, level: Level, text: &str) -> Result<(), CallError<Never>> {
        self.line(level, &text[..text.floor_char_boundary(LINE_MAX)])
    }
}
