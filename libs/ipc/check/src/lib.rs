// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tries calls that end otherwise than with an answer: servers that die, that are started anew, that answer late or
//! never.
//!
//! | program | what it does | image |
//! |---|---|---|
//! | `patient` | a server that takes its time, or dies, as it is asked to | all |
//! | `limits` | a client that waits only so long, and goes on with successors | `images/limits.toml` |
//! | `alarms` | a client that waits only so long, with a clock that dies | `images/alarms.toml` |
//! | `fragile` | that clock | |
//! | `crowd` | a parent of a thousand clients whose server dies while they wait | `images/crowd.toml` |
//! | `member` | one of them | |
//!
//! The checks say what they find on standard output and have status 0 if all is well.
#![no_std]
#![forbid(unsafe_code)]

use croft_ipc::{Caller, Deferrable, NoSlot, data, interface};

/// A server that does what its client needs to be tried with.
#[interface(number = 150, version = 1, recorded = false)]
pub trait Patience {
    /// One more, at once.
    #[repeatable]
    fn next(&mut self, number: u64) -> u64;
    /// No answer, ever.
    fn never(&mut self, caller: Caller) -> Result<Deferrable<u64>, NoRoom>;
    /// One more, so many ticks of the counter later.
    fn late(&mut self, caller: Caller, number: u64, ticks: u64) -> Result<Deferrable<u64>, NoRoom>;
    /// The same for more numbers than fit registers.
    fn late_long(
        &mut self,
        caller: Caller,
        numbers: [u64; 12],
        ticks: u64,
    ) -> Result<Deferrable<[u64; 12]>, NoRoom>;
    /// Who waits, and how many calls for a late answer there were.
    fn counts(&mut self) -> Counts;
    /// Dies instead of answering.
    fn fail(&mut self);
    /// Answers, and dies so many ticks of the counter later.
    fn fail_later(&mut self, ticks: u64);
}

/// Who waits.
#[data]
#[derive(Copy)]
pub struct Counts {
    /// For ever.
    pub never: u32,
    /// For a late answer.
    pub late: u32,
    /// Calls for one, ever.
    pub asked: u64,
    /// Those whose number was that of the one before.
    pub twice: u64,
}

/// There is no slot for another one who waits.
#[data]
pub struct NoRoom;

impl From<NoSlot> for NoRoom {
    fn from(_: NoSlot) -> Self {
        Self
    }
}
