// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's interface.

use croft_ipc::{
    Bytes, CallError, Caller, MESSAGE_BYTES, Never, ReceivedCapability, Transport, data, interface,
    numbers,
};

/// The most bytes of one write: a message less the request's own few bytes.
pub const WRITE_MAX: usize = MESSAGE_BYTES - 16;
/// The most bytes that one read gives.
pub const READ_MAX: usize = MESSAGE_BYTES - 16;

/// The terminal of a run. A client is known by the badge of its capability.
#[interface(number = numbers::CONSOLE, version = 2)]
pub trait Console {
    /// Writes all bytes; answered when they are on the line.
    fn write(&mut self, channel: Channel, #[max(WRITE_MAX)] bytes: &[u8]);
    /// Takes up to so many bytes of input (at most [`READ_MAX`]). Answered at once, even if there are none.
    fn read(&mut self, caller: Caller, at_most: u16) -> Result<Input<'_>, Error>;
    /// Registers the notification: it is signalled when input, its end or another window size arrives. Makes the client the
    /// one reader.
    fn subscribe(&mut self, caller: Caller, notification: ReceivedCapability) -> Result<(), Error>;
    /// The terminal's size, if the host has told one.
    fn window_size(&mut self) -> Option<WindowSize>;
    /// The run is over, with that exit status: tells the host, which ends the machine.
    fn finish(&mut self, status: u8);
}

/// Where bytes go on the host.
#[data]
#[derive(Copy)]
pub enum Channel {
    /// The terminal or standard output.
    Output,
    /// Standard error, where it is not the terminal.
    ErrorOutput,
}

/// Input.
#[data]
#[derive(Copy)]
pub struct Input<'a> {
    /// The bytes; none if none were there.
    #[serde(borrow)]
    pub bytes: Bytes<'a, READ_MAX>,
    /// More bytes wait.
    pub more: bool,
    /// After these bytes the input is at its end, for good.
    pub end: bool,
}

/// The size of a terminal.
#[data]
#[derive(Copy)]
pub struct WindowSize {
    /// Characters from top to bottom.
    pub rows: u16,
    /// Characters from left to right.
    pub columns: u16,
}

/// Why the console refuses.
#[data]
#[derive(Copy)]
pub enum Error {
    /// Another client reads the input, or this one has not subscribed.
    NotReader,
    /// The server could not keep the notification capability.
    NoSlot,
}

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Bytes at the start of the buffer.
    pub length: usize,
    /// More bytes wait.
    pub more: bool,
    /// After these bytes the input is at its end, for good.
    pub end: bool,
}

impl<T: Transport> ConsoleClient<T> {
    /// Writes all bytes, in as many messages as they need.
    ///
    /// # Errors
    /// See [`CallError`]. Bytes before may have been written.
    pub fn write_all(&self, channel: Channel, bytes: &[u8]) -> Result<(), CallError<Never>> {
        bytes
            .chunks(WRITE_MAX)
            .try_for_each(|bytes| self.write(channel, bytes))
    }

    /// Takes what input there is, up to the buffer's length or [`READ_MAX`].
    ///
    /// # Errors
    /// [`Error::NotReader`]; see [`CallError`].
    pub fn read_into(&self, buffer: &mut [u8]) -> Result<Taken, CallError<Error>> {
        let at_most = buffer.len().min(READ_MAX);
        self.read(at_most as u16, |input| {
            // A server that gives more than was asked is not believed the rest.
            let length = input.bytes.len().min(at_most);
            buffer[..length].copy_from_slice(&input.bytes[..length]);
            Taken {
                length,
                more: input.more,
                end: input.end,
            }
        })
    }
}
