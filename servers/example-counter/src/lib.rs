// SPDX-License-Identifier: MIT OR Apache-2.0
//! Example server: counters, each an object of its own.
//!
//! [`Counters`] is the service: it makes counters. Each [`Counter`] is an object behind a capability of its own,
//! which its holder can pass on; who has no capability for a counter cannot touch it. `servers/README.md` builds this
//! server from nothing.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod server;
#[cfg(test)]
mod tests;

pub use server::Service;

use croft_ipc::{CapabilityAddress, ReceivedCapability, data, interface};

/// Makes counters.
#[interface(number = 128, version = 1)]
pub trait Counters {
    /// A new counter that begins at `start`.
    fn create(&mut self, start: u64) -> Result<CapabilityAddress, CountersError>;
    /// Ends a counter. All capabilities for it lead nowhere from then on.
    fn remove(&mut self, counter: ReceivedCapability) -> Result<(), CountersError>;
}

/// Why no counter is made or ended.
#[data]
#[derive(Copy)]
pub enum CountersError {
    /// There are as many as there can be.
    TooMany,
    /// The capability is not a counter of this server.
    NoCounter,
}

/// One counter.
#[interface(number = 129, version = 1)]
pub trait Counter {
    /// Adds; the new value.
    fn add(&mut self, amount: u64) -> Result<u64, Overflow>;
    /// The value.
    fn get(&mut self) -> u64;
}

/// The sum is no 64-bit number. The counter is as it was.
#[data]
#[derive(Copy)]
pub struct Overflow;
