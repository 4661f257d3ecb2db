// SPDX-License-Identifier: MIT OR Apache-2.0
//! The reading side of the host's runner.
use crate::number::Reading;
use crate::{DLE, Level, MAX_CONTENT};

/// What a byte from the guest meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromGuest {
    /// One byte of the program's terminal or standard output.
    Output(u8),
    /// One byte of the program's standard error.
    Error(u8),
    /// A log line begins.
    LogStart(Level),
    /// One byte of the log line.
    LogByte(u8),
    /// The log line is complete.
    LogEnd,
    /// One byte of a container's state.
    ContainerByte(u8),
    /// The state of a container is complete; one without bytes: that was all.
    ContainerEnd,
    /// One byte of a piece of a trace.
    TraceByte(u8),
    /// The piece is complete.
    TraceEnd,
    /// The run is over, with this exit status.
    Exit(u8),
    /// The console takes input from now on.
    Ready,
    /// A frame was broken; what it had so far stays as it was given. The next byte is plain again, or begins a frame.
    Malformed,
}

/// Decodes what comes from the guest, byte by byte.
#[derive(Clone, Debug, Default)]
pub struct GuestDecoder {
    state: State,
    escaped: bool,
    /// Bytes of content in this frame so far.
    length: usize,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Plain,
    LogLevel,
    Log,
    Error,
    Container,
    Trace,
    Exit(Reading),
}

impl GuestDecoder {
    /// A decoder that expects plain bytes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next byte of the line; what it means, if it completes something.
    pub fn take(&mut self, byte: u8) -> Option<FromGuest> {
        if core::mem::take(&mut self.escaped) {
            return match (byte, self.state) {
                (DLE, _) => self.content(DLE),
                (b'.', State::Plain) => Some(FromGuest::Malformed),
                (b'.', state) => {
                    self.state = State::Plain;
                    Self::end(state)
                }
                (kind, state) => self.open(kind, state),
            };
        }
        if byte == DLE {
            self.escaped = true;
            None
        } else {
            self.content(byte)
        }
    }

    /// Whether a frame is open.
    #[must_use]
    pub fn in_frame(&self) -> bool {
        !matches!(self.state, State::Plain) || self.escaped
    }

    /// `DLE kind`: a frame begins. Where one was open still, that one is broken.
    fn open(&mut self, kind: u8, before: State) -> Option<FromGuest> {
        self.length = 0;
        self.state = match kind {
            b'L' => State::LogLevel,
            b'E' => State::Error,
            b'C' => State::Container,
            b'T' => State::Trace,
            b'X' => State::Exit(Reading::default()),
            b'R' => {
                self.state = State::Plain;
                return Some(FromGuest::Ready);
            }
            _ => {
                self.state = State::Plain;
                return Some(FromGuest::Malformed);
            }
        };
        (!matches!(before, State::Plain)).then_some(FromGuest::Malformed)
    }

    /// One byte of plain text or of a frame's content.
    fn content(&mut self, byte: u8) -> Option<FromGuest> {
        if !matches!(self.state, State::Plain) {
            self.length += 1;
            // The level's letter counts beside the content.
            if self.length > MAX_CONTENT + 1 {
                return self.broken();
            }
        }
        match &mut self.state {
            State::Plain => Some(FromGuest::Output(byte)),
            State::LogLevel => {
                self.state = State::Log;
                // A line whose level nobody knows is better shown than lost.
                let level = Level::from_letter(byte).unwrap_or(Level::Error);
                Some(FromGuest::LogStart(level))
            }
            State::Log => Some(FromGuest::LogByte(byte)),
            State::Error => Some(FromGuest::Error(byte)),
            State::Container => Some(FromGuest::ContainerByte(byte)),
            State::Trace => Some(FromGuest::TraceByte(byte)),
            State::Exit(reading) => {
                if reading.digit(byte) {
                    None
                } else {
                    self.broken()
                }
            }
        }
    }

    fn broken(&mut self) -> Option<FromGuest> {
        self.state = State::Plain;
        Some(FromGuest::Malformed)
    }

    /// `DLE '.'` after `state`.
    fn end(state: State) -> Option<FromGuest> {
        match state {
            State::Log => Some(FromGuest::LogEnd),
            State::Error => None,
            State::Container => Some(FromGuest::ContainerEnd),
            State::Trace => Some(FromGuest::TraceEnd),
            State::Exit(reading) => {
                let status = reading.value().and_then(|status| u8::try_from(status).ok());
                Some(status.map_or(FromGuest::Malformed, FromGuest::Exit))
            }
            State::Plain | State::LogLevel => Some(FromGuest::Malformed),
        }
    }
}
