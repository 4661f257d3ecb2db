// SPDX-License-Identifier: MIT OR Apache-2.0
//! Servers that end, and their successors.
//!
//! ```ignore
//! let store = StoreClient::connect(&process.across_restarts())?;
//! match store.put("letter", 9) {
//!     // The new server knows nothing of this client: begin again.
//!     Err(CallError::Restarted) => …
//! ```
//!
//! Methods that are marked `#[repeatable]` do not even show that; [`croft_ipc::Reconnecting`] tells the rest. With a limit:
//! `process.within(time)?.across_restarts()`; the limit is for each call, and the time until a successor runs does not
//! count.

use crate::process::parent;
use crate::within::{Limited, Within};
use crate::{Process, SetupError};
use croft_ipc::kernel::Endpoint;
use croft_ipc::{CallError, Connector, Reconnecting, Transport};
use croft_process::handover::Refusal;

/// A transport through a capability that the parent gave by name.
pub trait Named: Transport {
    /// Its address.
    fn endpoint(&self) -> Endpoint;
}

impl Named for Endpoint {
    fn endpoint(&self) -> Endpoint {
        *self
    }
}

impl Named for Limited {
    fn endpoint(&self) -> Endpoint {
        Limited::endpoint(self)
    }
}

/// A transport that goes on with the server's successor.
pub type AcrossRestarts<T> = Reconnecting<T, fn(&T) -> bool>;

/// Services whose clients go on with a server's successor.
#[derive(Clone, Copy, Debug)]
pub struct Successors<C>(C);

impl Process {
    /// Has the service that the parent gave, and whose server has ended ([`CallError::Gone`]), be the server's successor; waits
    /// until that runs. All clients of that service go on with it.
    ///
    /// # Errors
    /// [`Refusal::NoSuccessor`], also if the server has not ended.
    pub fn renew(&self, service: &impl Named) -> Result<(), CallError<Refusal>> {
        renew(service)
    }

    /// Its services, for clients that go on with a server's successor by themselves.
    #[must_use]
    pub const fn across_restarts(&self) -> Successors<Self> {
        Successors(*self)
    }
}

impl<'p> Within<'p> {
    /// The same for clients that go on with a server's successor by themselves.
    #[must_use]
    pub const fn across_restarts(&self) -> Successors<Within<'p>> {
        Successors(*self)
    }
}

fn renew(service: &impl Named) -> Result<(), CallError<Refusal>> {
    parent().renew(service.endpoint().0.bits())
}

impl<C: Connector<Error = SetupError>> Connector for Successors<C>
where
    C::Transport: Named,
{
    type Transport = AcrossRestarts<C::Transport>;
    type Error = SetupError;

    fn connect(&self, name: &'static str) -> Result<Self::Transport, SetupError> {
        Ok(Reconnecting::new(self.0.connect(name)?, |transport| {
            renew(transport).is_ok()
        }))
    }
}
