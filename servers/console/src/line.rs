// SPDX-License-Identifier: MIT OR Apache-2.0
//! The serial line: what the service needs of a device, and its receiving half.

use crate::WindowSize;
use croft_console_frame::{FromHost, HostDecoder};
use heapless::Deque;

/// How much input is kept until the reader takes it. When it is full, bytes stay in the device, whose own flow
/// control then stops the host.
pub const INPUT_BYTES: usize = 4096;

/// A serial device.
pub trait Line {
    /// The next received byte, if there is one.
    fn receive(&mut self) -> Option<u8>;

    /// Sends all bytes, waiting for the device where it must.
    fn send(&mut self, bytes: impl Iterator<Item = u8>);

    /// The receive interrupt was seen and the device may interrupt again. Bytes that came in before may cause none, so
    /// the caller receives once more afterwards.
    fn acknowledge(&mut self);
}

/// What came in, decoded.
#[derive(Default)]
pub struct Receiver {
    decoder: HostDecoder,
    input: Deque<u8, INPUT_BYTES>,
    end: bool,
    window_size: Option<WindowSize>,
    inspect: bool,
    /// Nobody takes input any more.
    over: bool,
    traces_wanted: bool,
}

/// What [`Receiver::pump`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// Something is new for the reader.
    pub news: bool,
    /// The device has no more bytes; otherwise the ring is full.
    pub drained: bool,
}

impl Receiver {
    /// Takes bytes from the device while there is room.
    pub fn pump(&mut self, line: &mut impl Line) -> Received {
        let mut news = false;
        while !self.input.is_full() {
            let Some(byte) = line.receive() else {
                return Received {
                    news,
                    drained: true,
                };
            };
            match self.decoder.take(byte) {
                Some(FromHost::Input(_)) if self.over => {}
                // There is room: a byte of the line is at most one byte of input.
                Some(FromHost::Input(byte)) => news |= self.input.push_back(byte).is_ok(),
                Some(FromHost::EndOfInput) => {
                    self.end = true;
                    news = true;
                }
                Some(FromHost::WindowSize { rows, columns }) => {
                    self.window_size = Some(WindowSize { rows, columns });
                    news = true;
                }
                Some(FromHost::Inspect) => self.inspect = true,
                Some(FromHost::Trace) => self.traces_wanted = true,
                Some(FromHost::Malformed) | None => {}
            }
        }
        Received {
            news,
            drained: false,
        }
    }

    /// Moves input to the start of `buffer`; how many bytes.
    pub fn take(&mut self, buffer: &mut [u8]) -> usize {
        let length = buffer.len().min(self.input.len());
        for place in &mut buffer[..length] {
            *place = self.input.pop_front().unwrap_or_default();
        }
        length
    }

    /// Whether input waits.
    pub fn has_input(&self) -> bool {
        !self.input.is_empty()
    }

    /// Whether all input has been taken and no more will come.
    pub fn is_at_end(&self) -> bool {
        self.end && self.input.is_empty()
    }

    /// The run is over: input that is left, or still comes, is dropped, so that it does not hold up what the host asks.
    pub fn drop_input(&mut self) {
        self.over = true;
        self.input.clear();
    }

    /// Whether the host asked for the states of all containers since the last call.
    pub fn take_inspect(&mut self) -> bool {
        core::mem::take(&mut self.inspect)
    }

    /// Whether the host has asked for the traces since this was asked last.
    pub fn take_trace_request(&mut self) -> bool {
        core::mem::take(&mut self.traces_wanted)
    }

    /// The terminal's size.
    pub fn window_size(&self) -> Option<WindowSize> {
        self.window_size
    }
}
