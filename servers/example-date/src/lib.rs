// SPDX-License-Identifier: MIT OR Apache-2.0
//! Example server: a system service in the place of a set-uid program.
//!
//! On Unix who runs `date -s` becomes root while the program runs: its memory, its file and its arguments are the caller's to
//! play with, and the program has all that root has. Here the program that may set the machine's clock is a sibling of its
//! callers. It has the device and nothing else, lives in a container of its own, whose reserve no caller can spend, and was
//! made by the parent of both. A client finds it in the registry, if its view has the name, and can call it: it can neither
//! start another one, nor read or stop this one, nor reach the device.
//!
//! Who asks is told by the badge of the caller's capability, which the registry gave it and nobody can choose. The service
//! asks the registry whose it is ([`croft_registry::View::identify`]); who may set the clock stands in the service's own
//! arguments in the image description. Everybody who sees it may read it.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
// The head speaks of what feature `program` brings.
#![cfg_attr(not(feature = "program"), allow(rustdoc::broken_intra_doc_links))]

mod device;
mod server;
#[cfg(test)]
mod tests;

pub use device::{Cmos, Pl031, RealTimeClock};
pub use server::Service;

use croft_ipc::{Caller, data, interface};

/// The machine's date and time, in seconds since the beginning of 1970, UTC.
#[interface(number = 140, version = 1)]
pub trait Date {
    /// What it is.
    fn now(&mut self) -> Result<u32, DateError>;
    /// Sets it, for those who may.
    fn set(&mut self, caller: Caller, seconds: u32) -> Result<(), DateError>;
}

/// Why the date is not told or set.
#[data]
#[derive(Copy)]
pub enum DateError {
    /// This caller may not set it.
    NotAllowed,
    /// The clock's registers never stood still.
    Busy,
    /// The clock shows no date, or cannot show that one.
    NoDate,
}
