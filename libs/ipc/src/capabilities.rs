// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a server does with capabilities, so that its logic is the same on seL4 (`croft_server::ServerCapabilities`)
//! and on the host (`croft_ipc::mock`).

use crate::{
    Caller, CapabilityAddress, MESSAGE_BYTES, MapError, Method, Outgoing, SharedError,
    SharedMemory, late_answer, no_answer,
};
use core::fmt;

/// There is no slot left for another capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSlot;

impl fmt::Display for NoSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no slot for another capability: give the server a larger reserve or more slots",
        )
    }
}

impl core::error::Error for NoSlot {}

/// A kept capability cannot be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassOnError {
    /// The object behind it is gone, and the capability with it.
    Gone,
    /// It can have no badge: it has one already.
    Badged,
}

impl fmt::Display for PassOnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "the object behind the capability is not there any more",
            Self::Badged => "the capability has a badge already",
        })
    }
}

impl core::error::Error for PassOnError {}

/// A capability that came with a message and was kept. To be given back with [`Capabilities::forget`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "it stays in its slot until it is forgotten"]
pub struct Kept(pub u64);

/// A caller that waits for its answer. To be answered with [`Capabilities::answer`] or [`Capabilities::abandon`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "its thread waits until it is answered"]
pub struct SavedCaller {
    /// Where the authority to answer is.
    pub slot: u64,
    /// Who it is, and what it asked.
    pub caller: Caller,
}

/// What a server does with capabilities.
pub trait Capabilities {
    /// A page that a client shares.
    type Shared: SharedMemory;

    /// A capability for the server's own endpoint with that badge, to go back with a reply. It stands there until the next
    /// one is made; the client's copy stays.
    ///
    /// # Errors
    /// [`NoSlot`].
    fn mint(&mut self, badge: u64) -> Result<CapabilityAddress, NoSlot>;

    /// Keeps the capability that came with the present message, which is deleted otherwise. A client can send any
    /// capability: what it is shows with its use.
    ///
    /// # Errors
    /// [`NoSlot`].
    fn keep(&mut self) -> Result<Kept, NoSlot>;

    /// Gives a kept capability back.
    fn forget(&mut self, kept: Kept);

    /// Whether the object behind a kept capability is still there: when it ends, its capabilities vanish.
    fn is_there(&self, kept: &Kept) -> bool;

    /// A copy of a kept capability, to go back with a reply. It stands there until the next one is made. With `badge`, which
    /// is not 0, it is an endpoint that is called with that badge, and on which nobody can receive.
    ///
    /// # Errors
    /// [`PassOnError`].
    fn pass_on(
        &mut self,
        kept: &Kept,
        badge: Option<u64>,
    ) -> Result<CapabilityAddress, PassOnError>;

    /// Signals a kept notification. Never waits, whatever the capability is.
    fn signal(&mut self, kept: &Kept);

    /// Shares the page whose capability came with the present message, until the result is dropped.
    ///
    /// # Errors
    /// [`MapError`].
    fn map(&mut self) -> Result<Self::Shared, MapError>;

    /// Keeps the capability that came with the present message if it is one for a page, and deletes any other: what holds
    /// data and nothing else can be passed on without passing authority on.
    ///
    /// # Errors
    /// [`MapError`].
    fn keep_page(&mut self) -> Result<Kept, MapError>;

    /// A copy of a kept page that can only be read, whatever the kept one allows, to go back with a reply. It stands there
    /// as one of [`Capabilities::mint`] does.
    ///
    /// # Errors
    /// [`SharedError::Gone`] if who pays for the page has taken it back.
    fn lend_page(&mut self, page: &Kept) -> Result<CapabilityAddress, SharedError>;

    /// Saves the caller of the present message, for an answer that comes later.
    ///
    /// # Errors
    /// [`NoSlot`].
    fn save_caller(&mut self, caller: Caller) -> Result<SavedCaller, NoSlot>;

    /// Whether a saved caller still waits: it may have ended, or given up.
    fn is_waiting(&self, saved: &SavedCaller) -> bool;

    /// Sends an answer to a saved caller; if that is gone, nothing happens. Never waits.
    fn send_answer(&mut self, saved: SavedCaller, outgoing: &Outgoing, bytes: &[u8; MESSAGE_BYTES]);

    /// Answers a saved caller of method `M`.
    fn answer<M: Method>(&mut self, saved: SavedCaller, result: Result<M::Reply<'_>, M::Error>) {
        let mut bytes = [0; MESSAGE_BYTES];
        let outgoing = late_answer::<M>(result, &mut bytes);
        self.send_answer(saved, &outgoing, &bytes);
    }

    /// Tells a saved caller that there will be no answer: it gets [`CallError::Gone`](crate::CallError::Gone).
    fn abandon(&mut self, saved: SavedCaller) {
        let mut bytes = [0; MESSAGE_BYTES];
        let outgoing = no_answer(&saved.caller, &mut bytes);
        self.send_answer(saved, &outgoing, &bytes);
    }
}
