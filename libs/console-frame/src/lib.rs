// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several streams on one serial line, between the console server in the guest and the runner on the host.
//!
//! Plain bytes are the program's own: its terminal or standard output in one direction, its input in the
//! other. What else there is stands in frames that begin with [`DLE`]:
//!
//! | bytes | guest → host | host → guest |
//! |---|---|---|
//! | `DLE DLE` | the byte 0x10 | the byte 0x10 |
//! | `DLE 'L' level text DLE '.'` | a log line of Croft's own, see [`Level`] | |
//! | `DLE 'E' bytes DLE '.'` | the program's standard error, where it is no terminal | |
//! | `DLE 'T' bytes DLE '.'` | a piece of a trace (`croft_trace::Piece`) | |
//! | `DLE 'T'` | | the traces are wanted now |
//! | `DLE 'X' decimal DLE '.'` | the run is over, with this exit status | |
//! | `DLE 'C' bytes DLE '.'` | the state of a container, as it was asked for; no bytes: that was all | |
//! | `DLE 'R'` | the console is ready: what comes before is lost | |
//! | `DLE 'D'` | | the input is at its end |
//! | `DLE 'C'` | | asks for the states of all containers |
//! | `DLE 'W' rows ',' columns DLE '.'` | | the terminal has this size now |
//!
//! Inside a frame DLE is doubled as well. A frame carries at most [`MAX_CONTENT`] bytes of content before
//! doubling; encoders split what is longer. The console server is the only one in the guest that makes
//! frames: what programs write goes through [`output`] or [`error`], so no program can forge one.
//!
//! Decoders work byte by byte, keep a few words of state and no buffer. After a broken or endless frame they say
//! [`FromGuest::Malformed`] or [`FromHost::Malformed`] once and go on with what follows.
//!
//! This crate may touch nothing: it is pure, and both sides use it.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod encode;
mod from_guest;
mod from_host;
mod number;

#[cfg(test)]
mod tests;

pub use encode::{
    Encoded, container, end_of_input, error, exit, input, inspect, log, output, ready, trace,
    trace_request, window_size,
};
pub use from_guest::{FromGuest, GuestDecoder};
pub use from_host::{FromHost, HostDecoder};

/// "Data link escape": begins and ends frames.
pub const DLE: u8 = 0x10;

/// The most bytes of content in one frame, not counting doubled DLEs twice.
pub const MAX_CONTENT: usize = 1024;

/// How much a log line matters; its letter is the first byte of the frame's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// What is only of use to somebody who looks for a fault in Croft.
    Debug,
    /// What Croft does.
    Information,
    /// Something is not as it should be, but goes on.
    Warning,
    /// Something failed.
    Error,
}

impl Level {
    /// The letter on the line.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Level::Debug => b'd',
            Level::Information => b'i',
            Level::Warning => b'w',
            Level::Error => b'e',
        }
    }

    /// The level with this letter.
    #[must_use]
    pub const fn from_letter(letter: u8) -> Option<Level> {
        match letter {
            b'd' => Some(Level::Debug),
            b'i' => Some(Level::Information),
            b'w' => Some(Level::Warning),
            b'e' => Some(Level::Error),
            _ => None,
        }
    }
}
