// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clock's interface.

use crate::Parameters;
use croft_ipc::{Caller, ReceivedCapability, data, interface, numbers};

/// Tells time and notifies. A client is known by the badge of its capability.
#[interface(number = numbers::CLOCK, version = 2)]
pub trait Clock {
    /// How the processor's counter relates to time. It does not change while the server lives.
    fn parameters(&mut self) -> Parameters;
    /// Registers the notification: it is signalled when the client's timer expires. A second one replaces the first.
    fn subscribe(
        &mut self,
        caller: Caller,
        notification: ReceivedCapability,
    ) -> Result<Parameters, Error>;
    /// Sets the client's one-shot timer to expire when the counter reaches `deadline`, in place of an earlier one. One in
    /// the past expires at once.
    fn set_timer(&mut self, caller: Caller, deadline: u64) -> Result<(), Error>;
    /// Takes the client's timer back. It may have expired already.
    fn cancel(&mut self, caller: Caller) -> Result<(), Error>;
}

/// Why the clock refuses.
#[data]
#[derive(Copy)]
pub enum Error {
    /// Set a timer only after [`Clock::subscribe`].
    NotSubscribed,
    /// The table of clients is full: subscribe fewer.
    TooManyClients {
        /// How many there can be.
        capacity: u8,
    },
    /// The server could not keep the notification capability.
    NoSlot,
}
