// SPDX-License-Identifier: MIT OR Apache-2.0
//! How programs find services and publish their own.

use crate::{Handing, RegistryError, ViewClient};
use core::fmt;
use croft_ipc::kernel::Endpoint;
use croft_ipc::{
    CallError, Connector, Label, NoSlot, Outcome, ProtocolError, Send, Transport, TransportFailure,
    WORDS, WordsOutcome,
};
use croft_server::{Process, SetupError, Slot};

/// The names that a process sees: `DateClient::connect(&names)`.
#[derive(Debug)]
pub struct Names<T = Endpoint> {
    view: ViewClient<T>,
}

/// A service that was found. The capability is given back when this is dropped.
#[derive(Debug)]
pub struct Found {
    name: &'static str,
    slot: Slot,
}

/// Why a service was not found, or not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindError {
    /// The registry did not do it.
    Registry(CallError<RegistryError>),
    /// This process has no slot for another capability.
    NoSlot,
    /// This process has no registry, or no service of its own.
    Setup(SetupError),
}

impl Names {
    /// Those of the registry that the parent gave under the name `registry`.
    ///
    /// # Errors
    /// [`SetupError::Capability`].
    pub fn of(process: &Process) -> Result<Self, SetupError> {
        ViewClient::connect(process).map(Self::new)
    }
}

impl<T: Transport> Names<T> {
    /// Those of a view.
    pub const fn new(view: ViewClient<T>) -> Self {
        Self { view }
    }

    /// The view itself.
    pub const fn view(&self) -> &ViewClient<T> {
        &self.view
    }

    /// A service, when it is there: waits for its publisher.
    ///
    /// # Errors
    /// [`FindError`].
    pub fn find(&self, name: &'static str) -> Result<Found, FindError> {
        let found = Found {
            name,
            slot: Slot::new()?,
        };
        self.find_again(&found)?;
        Ok(found)
    }

    /// A service, if it is there now.
    ///
    /// # Errors
    /// [`FindError`]; [`RegistryError::NotThere`] if nobody has published it.
    pub fn find_now(&self, name: &'static str) -> Result<Found, FindError> {
        let slot = Slot::new()?;
        self.view.look_up(name, &slot)?;
        Ok(Found { name, slot })
    }

    /// Finds a service again that is gone, when it has a successor: the clients made of it call that from then on. What
    /// its predecessor knew of this process is forgotten.
    ///
    /// # Errors
    /// [`FindError`]; what is found then is nothing.
    pub fn find_again(&self, found: &Found) -> Result<(), FindError> {
        found.slot.clear();
        let mut vanished = false;
        loop {
            match self.view.look_up(found.name, &found.slot) {
                Ok(_) => return Ok(()),
                Err(CallError::Refused(RegistryError::NotThere)) => self.view.wait(found.name)?,
                // Its publisher ended just then.
                Err(CallError::Protocol(ProtocolError::CapabilityMissing)) if !vanished => {
                    vanished = true;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Publishes this process' own service. Its callers have badges as if the image description had given it to them.
    ///
    /// # Errors
    /// [`FindError`].
    pub fn publish(&self, process: &Process, name: &str) -> Result<(), FindError> {
        let service = process.service().map_err(FindError::Setup)?;
        let for_calling = Slot::for_calling(service)?;
        let address = for_calling.address();
        Ok(self.view.publish(name, Handing::ByCaller, address)?)
    }

    /// A new view that shows nothing yet, to show names to and to hand to a child.
    ///
    /// # Errors
    /// [`FindError`].
    pub fn derive(&self, may_derive: bool) -> Result<Slot, FindError> {
        let slot = Slot::new()?;
        self.view.derive(may_derive, &slot)?;
        Ok(slot)
    }
}

/// Services by the names of a view; waits for their publishers.
impl<T: Transport> Connector for Names<T> {
    type Transport = Found;
    type Error = FindError;

    fn connect(&self, name: &'static str) -> Result<Found, FindError> {
        self.find(name)
    }
}

impl Found {
    /// The name that it was found by.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Where the capability is.
    #[must_use]
    pub const fn slot(&self) -> &Slot {
        &self.slot
    }
}

impl Transport for Found {
    #[inline]
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        self.slot.endpoint().call(send, encode, decode)
    }

    #[inline]
    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        self.slot
            .endpoint()
            .call_words(label, words, length, decode)
    }
}

impl From<CallError<RegistryError>> for FindError {
    fn from(error: CallError<RegistryError>) -> Self {
        Self::Registry(error)
    }
}

impl From<NoSlot> for FindError {
    fn from(NoSlot: NoSlot) -> Self {
        Self::NoSlot
    }
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(CallError::Refused(error)) => error.fmt(f),
            Self::Registry(error) => error.fmt(f),
            Self::NoSlot => NoSlot.fmt(f),
            Self::Setup(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for FindError {}
