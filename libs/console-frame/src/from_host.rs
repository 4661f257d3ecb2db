// SPDX-License-Identifier: MIT OR Apache-2.0
//! The reading side of the console server.
use crate::DLE;
use crate::number::Reading;

/// What a byte from the host meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromHost {
    /// One byte of input.
    Input(u8),
    /// The input is at its end.
    EndOfInput,
    /// The terminal has this size now.
    WindowSize {
        /// Characters from top to bottom.
        rows: u16,
        /// Characters from left to right.
        columns: u16,
    },
    /// The states of all containers are wanted.
    Inspect,
    /// The traces are wanted now.
    Trace,
    /// A frame was broken and is dropped.
    Malformed,
}

/// Decodes what comes from the host, byte by byte.
#[derive(Clone, Debug, Default)]
pub struct HostDecoder {
    state: State,
    escaped: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Plain,
    Rows(Reading),
    Columns {
        rows: u16,
        columns: Reading,
    },
}

impl HostDecoder {
    /// A decoder that expects plain bytes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next byte of the line; what it means, if it completes something.
    pub fn take(&mut self, byte: u8) -> Option<FromHost> {
        if core::mem::take(&mut self.escaped) {
            let state = core::mem::take(&mut self.state);
            let was_open = !matches!(state, State::Plain);
            return match (byte, state) {
                (DLE, State::Plain) => Some(FromHost::Input(DLE)),
                (b'.', State::Columns { rows, columns }) => Some(match columns.value() {
                    Some(columns) => FromHost::WindowSize { rows, columns },
                    None => FromHost::Malformed,
                }),
                (b'D', _) => Some(FromHost::EndOfInput),
                (b'C', _) => Some(FromHost::Inspect),
                (b'T', _) => Some(FromHost::Trace),
                (b'W', _) => {
                    self.state = State::Rows(Reading::default());
                    was_open.then_some(FromHost::Malformed)
                }
                _ => Some(FromHost::Malformed),
            };
        }
        if byte == DLE {
            self.escaped = true;
            return None;
        }
        match &mut self.state {
            State::Plain => return Some(FromHost::Input(byte)),
            State::Rows(rows) => {
                if rows.digit(byte) {
                    return None;
                }
                if let (b',', Some(rows)) = (byte, rows.value()) {
                    let columns = Reading::default();
                    self.state = State::Columns { rows, columns };
                    return None;
                }
            }
            State::Columns { columns, .. } => {
                if columns.digit(byte) {
                    return None;
                }
            }
        }
        self.state = State::Plain;
        Some(FromHost::Malformed)
    }
}
