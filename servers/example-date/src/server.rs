// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server.

use crate::{Date, DateError, RealTimeClock};
use croft_ipc::Caller;

/// Lets callers read a clock, and those that `may_set` says set it. It is told their badges.
pub struct Service<D, M> {
    /// The clock.
    pub device: D,
    /// Who may set it.
    pub may_set: M,
}

impl<D: RealTimeClock, M: FnMut(u64) -> bool> Date for Service<D, M> {
    fn now(&mut self) -> Result<u32, DateError> {
        self.device.read()
    }

    fn set(&mut self, caller: Caller, seconds: u32) -> Result<(), DateError> {
        if !(self.may_set)(caller.badge) {
            return Err(DateError::NotAllowed);
        }
        self.device.write(seconds)
    }
}
