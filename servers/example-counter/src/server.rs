// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server.

use crate::{Counter, CounterInterface, Counters, CountersError, CountersInterface, Overflow};
use croft_ipc::*;

/// All counters. `C` makes their capabilities.
pub struct Service<C> {
    counters: Objects<u64, 64>,
    capabilities: C,
}

impl<C> Service<C> {
    /// None yet.
    pub const fn new(capabilities: C) -> Self {
        let counters = Objects::new();
        Self {
            counters,
            capabilities,
        }
    }
}

impl<C: Capabilities> Counters for Service<C> {
    fn create(&mut self, start: u64) -> Result<CapabilityAddress, CountersError> {
        let badge = self
            .counters
            .insert(start)
            .map_err(|_| CountersError::TooMany)?;
        self.capabilities
            .mint(badge)
            .map_err(|_| CountersError::TooMany)
    }

    fn remove(&mut self, counter: ReceivedCapability) -> Result<(), CountersError> {
        // A capability of this server's own arrives as the badge that it was made with.
        let ReceivedCapability::Own { badge } = counter else {
            return Err(CountersError::NoCounter);
        };
        self.counters
            .remove(badge)
            .map(drop)
            .ok_or(CountersError::NoCounter)
    }
}

impl Counter for u64 {
    fn add(&mut self, amount: u64) -> Result<u64, Overflow> {
        *self = self.checked_add(amount).ok_or(Overflow)?;
        Ok(*self)
    }

    fn get(&mut self) -> u64 {
        *self
    }
}

impl<C: Capabilities> Server for Service<C> {
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        match incoming.call.badge & OBJECT_BADGE_BIT {
            0 => CountersInterface::dispatch(self, incoming, buffer),
            _ => self.counters.dispatch::<CounterInterface>(incoming, buffer),
        }
    }
}
