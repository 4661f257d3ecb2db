// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clock's client.

use crate::{Clock, Error, Parameters, Request, method};
use croft_ipc::{CallError, CapabilityAddress, Client, Transport};

/// Asks a clock server over `T`.
pub struct ClockClient<T>(Client<Clock, T>);

impl<T: Transport> ClockClient<T> {
    /// Nothing is sent yet.
    pub const fn new(transport: T) -> Self {
        Self(Client::new(transport))
    }

    /// How the counter relates to time. It does not change while the server lives.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn parameters(&self) -> Result<Parameters, CallError<Error>> {
        self.0.call(&Request::Parameters, |parameters| parameters)
    }

    /// Registers the notification (a badged capability with the right to write) for this client's timer.
    ///
    /// # Errors
    /// [`Error::TooManyClients`]; see [`CallError`].
    pub fn subscribe(
        &self,
        notification: CapabilityAddress,
    ) -> Result<Parameters, CallError<Error>> {
        self.0.call_with_capability(
            &Request::Subscribe,
            Some(notification),
            None,
            |parameters, _| parameters,
        )
    }

    /// Sets the one-shot timer to expire when the counter reaches `deadline`.
    ///
    /// # Errors
    /// [`Error::NotSubscribed`]; see [`CallError`].
    pub fn set_timer(&self, deadline: u64) -> Result<(), CallError<Error>> {
        self.0.call_words(method::SET_TIMER, [deadline]).map(|_| ())
    }

    /// Takes the timer back.
    ///
    /// # Errors
    /// [`Error::NotSubscribed`]; see [`CallError`].
    pub fn cancel(&self) -> Result<(), CallError<Error>> {
        self.0.call_words(method::CANCEL, []).map(|_| ())
    }
}
