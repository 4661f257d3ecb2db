// SPDX-License-Identifier: MIT OR Apache-2.0
//! Example server: a driver for the machine's real-time clock, in device memory (PL031) or behind I/O ports (the PC's).
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod server;
#[cfg(test)]
mod tests;

pub use server::{Cmos, Pl031};

use croft_ipc::{data, interface};

/// Tells the time of the day.
#[interface(number = 132, version = 1)]
pub trait Rtc {
    /// The present date and time, UTC.
    #[repeatable]
    fn now(&mut self) -> Result<DateTime, RtcError>;
}

/// A date and a time.
#[data]
#[derive(Copy)]
pub struct DateTime {
    /// Year.
    pub year: u16,
    /// Month, from 1.
    pub month: u8,
    /// Day, from 1.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
}

/// Why there is no time.
#[data]
#[derive(Copy)]
pub enum RtcError {
    /// The clock's registers never stood still.
    Busy,
    /// They show no date.
    NoDate,
}
