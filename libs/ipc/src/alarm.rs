// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface that ends waiting. The clock serves it beside its own; the server runtime is its client, so that a
//! process can limit how long it waits for an answer and still have the clock's timer for itself.

use crate::{Caller, ReceivedCapability, data, interface, numbers};

/// Signals at a moment. A client is known by the badge of its capability, and has one alarm.
#[interface(number = numbers::ALARM, version = 1)]
pub trait Alarm {
    /// Registers the notification: it is signalled when the client's alarm goes off. A second one replaces the first. How
    /// many ticks of the processor's counter are a second.
    fn connect_alarm(
        &mut self,
        caller: Caller,
        notification: ReceivedCapability,
    ) -> Result<u64, AlarmError>;
    /// Has the alarm go off once, when the counter reaches `deadline`, in place of an earlier one; at once if it has.
    fn set(&mut self, caller: Caller, deadline: u64) -> Result<(), AlarmError>;
}

/// Why there is no alarm.
#[data]
#[derive(Copy)]
pub enum AlarmError {
    /// Set one only after [`Alarm::connect_alarm`].
    NotConnected,
    /// The table of clients is full.
    TooManyClients,
    /// The server could not keep the notification capability.
    NoSlot,
}
