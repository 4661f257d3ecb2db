// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's interface: requests, replies, errors.

use croft_ipc::{Interface, MESSAGE_BYTES, numbers};
use serde::{Deserialize, Serialize};

/// The interface of the console server. A client is known by the badge of its capability.
pub struct Console;

/// The most bytes of one write: a message less the request's own few bytes.
pub const WRITE_MAX: usize = MESSAGE_BYTES - 16;
/// The most bytes that one read gives.
pub const READ_MAX: usize = MESSAGE_BYTES - 16;

impl Interface for Console {
    const NAME: &'static str = "console";
    const NUMBER: u8 = numbers::CONSOLE;
    const VERSION: u8 = 1;
    type Request<'a> = Request<'a>;
    type Reply<'a> = Reply<'a>;
    type Error = Error;
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request<'a> {
    /// Writes all bytes, at most [`WRITE_MAX`]; answered [`Reply::Done`] when they are on the line.
    Write {
        /// Where to.
        channel: Channel,
        /// What.
        #[serde(with = "serde_bytes")]
        bytes: &'a [u8],
    },
    /// Takes up to so many bytes of input (at most [`READ_MAX`]); answered [`Reply::Input`], at once, even if
    /// there are none.
    Read {
        /// Bytes.
        at_most: u16,
    },
    /// Registers the notification capability that comes with the message: it is signalled when input, its end or
    /// another window size arrives. Makes the client the one reader. Answered [`Reply::Done`].
    Subscribe,
    /// The terminal's size. Answered [`Reply::WindowSize`].
    WindowSize,
    /// The run is over: tells the host, which ends the machine. Answered [`Reply::Done`].
    Finish {
        /// The exit status of the run.
        status: u8,
    },
}

/// Where bytes go on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// The terminal or standard output.
    Output,
    /// Standard error, where it is not the terminal.
    ErrorOutput,
}

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply<'a> {
    /// It is done.
    Done,
    /// Input.
    Input {
        /// The bytes; none if none were there.
        #[serde(with = "serde_bytes")]
        bytes: &'a [u8],
        /// More bytes wait.
        more: bool,
        /// After these bytes the input is at its end, for good.
        end: bool,
    },
    /// The terminal's size, `None` if the host has not told one.
    WindowSize(Option<WindowSize>),
}

/// The size of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSize {
    /// Characters from top to bottom.
    pub rows: u16,
    /// Characters from left to right.
    pub columns: u16,
}

/// Why the console refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// No notification came with the request.
    NotificationMissing,
    /// Another client reads the input.
    NotReader,
    /// The server could not keep the notification capability.
    NoSlot,
}
