// SPDX-License-Identifier: MIT OR Apache-2.0
//! System calls: one file a family, one table for all.
//!
//! A handler takes the calling process and its six argument words and returns an [`Outcome`]. It
//! reads its arguments again each time it runs: a call that has to wait returns [`Outcome::Block`],
//! and when something it waits for has happened it runs again from the start. What must survive
//! that (a deadline, how much was moved already) is in [`crate::task::Progress`].
mod table;

mod descriptor;
mod directory;
mod exec;
pub(crate) mod file;
mod fork;
mod identity;
mod load;
mod memory;
mod metadata;
mod poll;
mod program;
mod refusal;
mod resource;
mod session;
mod signal;
mod sleep;
pub(crate) mod system;
pub(crate) mod terminal;
pub(crate) mod time;
mod timer;
pub(crate) mod transfer;
mod wait;

pub use refusal::Refusal;
pub use table::{CALLS, CallState, Entry};

use crate::wait::Wait;
use unix_abi::{Errno, Result};

/// The six argument words of a system call.
pub type Arguments = [usize; 6];

/// What a system call leads to.
#[derive(Debug)]
pub enum Outcome {
    /// It is done; the program gets this value.
    Return(usize),
    /// It runs again when something has happened.
    Block(Wait),
    /// The world has resumed the caller itself: in a routine of the gate, or in a handler.
    Gate,
    /// The caller is no more.
    Gone,
}

impl From<usize> for Outcome {
    fn from(value: usize) -> Self {
        Outcome::Return(value)
    }
}

/// What a handler gives back.
pub type Call = Result<Outcome>;

/// Success with nothing to tell.
pub(crate) const DONE: Call = Ok(Outcome::Return(0));

/// A file descriptor argument.
pub(crate) fn descriptor(argument: usize) -> Result<u32> {
    u32::try_from(argument as i32).map_err(|_| Errno::EBADF)
}
