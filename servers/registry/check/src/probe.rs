// SPDX-License-Identifier: MIT OR Apache-2.0
//! The service that the publishers publish.

use croft_ipc::{Caller, interface};

/// Tells what it sees of its caller, counts, and dies when it is asked to.
#[interface(number = 202, version = 1, recorded = false)]
pub trait Probe {
    /// The badge that the caller has.
    fn badge(&mut self, caller: Caller) -> u64;
    /// Adds; the sum since the start.
    fn add(&mut self, amount: u64) -> u64;
    /// Panics. The caller gets no answer.
    fn die(&mut self);
}

/// Such a service.
#[derive(Default)]
pub struct Prober {
    sum: u64,
}

impl Probe for Prober {
    fn badge(&mut self, caller: Caller) -> u64 {
        caller.badge
    }

    fn add(&mut self, amount: u64) -> u64 {
        self.sum += amount;
        self.sum
    }

    fn die(&mut self) {
        panic!("it was asked to");
    }
}
