// SPDX-License-Identifier: MIT OR Apache-2.0
//! Capabilities that a server makes, receives and keeps.

use crate::SharedPage;
use crate::memory::{self, Memory, SHARED};
use croft_ipc::kernel::{self, Endpoint};
use croft_ipc::{
    Caller, Capabilities, CapabilityAddress, Kept, MESSAGE_BYTES, MapError, NoSlot, Outgoing,
    PassOnError, ReceiveSlot, SavedCaller, SharedError,
};
use sel4::{AbsoluteCPtr, CPtr, CapRights, MessageInfo, ObjectBlueprint, cap, cap_type};

/// An empty slot of the process' CNode, for a capability that comes with a reply. When it is dropped, whatever is in it
/// is deleted and the slot is free again; so nothing is lost, whether the call succeeded or not.
#[derive(Debug)]
pub struct Slot(u64);

impl Slot {
    /// An empty one.
    ///
    /// # Errors
    /// [`NoSlot`].
    pub fn new() -> Result<Self, NoSlot> {
        allocate().map(Self)
    }

    /// One with a capability for calling an endpoint, on which nobody can receive through it.
    ///
    /// # Errors
    /// [`NoSlot`].
    pub fn for_calling(endpoint: cap::Endpoint) -> Result<Self, NoSlot> {
        let slot = Self::new()?;
        Memory::absolute(slot.0)
            .copy(&Memory::absolute(endpoint.bits()), CapRights::WRITE_GRANT)
            .map_err(|_| NoSlot)?;
        Ok(slot)
    }

    /// What is in it, as an endpoint to call.
    #[must_use]
    pub const fn endpoint(&self) -> Endpoint {
        Endpoint::from_bits(self.0)
    }

    /// What is in it, to send it on.
    #[must_use]
    pub const fn address(&self) -> CapabilityAddress {
        CapabilityAddress(self.0)
    }

    /// Deletes what is in it, so that it can receive again.
    pub fn clear(&self) {
        // Deleting what is in an own slot does not fail.
        let _ = Memory::absolute(self.0).delete();
    }

    /// Keeps the capability for good: the slot's number.
    #[must_use]
    pub fn into_number(self) -> u64 {
        let number = self.0;
        core::mem::forget(self);
        number
    }
}

impl From<&Slot> for ReceiveSlot {
    fn from(slot: &Slot) -> Self {
        Memory::absolute(slot.0).into()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.clear();
        memory::with(|memory| memory.slots.free(self.0, 1));
    }
}

fn allocate() -> Result<u64, NoSlot> {
    memory::with(|memory| memory.slots.allocate()).map_err(|_| NoSlot)
}

/// Whether there is a capability in that slot. The kernel takes one away when its object ends, or the thread that it would
/// answer.
fn is_full(slot: u64) -> bool {
    let slot = Memory::absolute(slot);
    // The kernel looks at the destination first: nothing is ever copied onto itself.
    slot.copy(&slot, CapRights::all()) == Err(sel4::Error::DeleteFirst)
}

/// A server's capabilities on seL4; see [`Capabilities`].
#[derive(Debug)]
pub struct ServerCapabilities {
    /// The endpoint that is served, without a badge.
    service: u64,
    /// Where the kernel puts what comes with messages.
    receive: Slot,
    /// Where what goes back with a reply stands.
    minted: Slot,
    /// A thread that never runs: the kernel takes only a page for a thread's IPC buffer, which tells whether a capability
    /// is one. Invoking a capability that is something else could make this server wait for its sender.
    tester: Option<u64>,
}

impl ServerCapabilities {
    /// Of the server that receives on the endpoint in slot `service`.
    ///
    /// # Errors
    /// [`NoSlot`].
    pub fn new(service: u64) -> Result<Self, NoSlot> {
        Ok(Self {
            service,
            receive: Slot::new()?,
            minted: Slot::new()?,
            tester: None,
        })
    }

    /// Whether the capability in that slot is one for a page.
    fn is_page(&mut self, slot: &Slot) -> Result<bool, MapError> {
        let tester = match self.tester {
            Some(tester) => tester,
            None => memory::with(|memory| memory.object(&ObjectBlueprint::Tcb))
                .map_err(|_| MapError::NoMemory)?,
        };
        self.tester = Some(tester);
        // Where the buffer would be does not matter, as long as it is aligned.
        let page = cap::UnspecifiedPage::from_bits(slot.0);
        let accepted = cap::Tcb::from_bits(tester).tcb_set_ipc_buffer(SHARED.start, page);
        Ok(accepted.is_ok())
    }

    /// Where the kernel puts what comes with messages.
    #[must_use]
    pub fn receive_slot(&self) -> AbsoluteCPtr {
        Memory::absolute(self.receive.0)
    }
}

impl Capabilities for ServerCapabilities {
    type Shared = SharedPage;

    fn mint(&mut self, badge: u64) -> Result<CapabilityAddress, NoSlot> {
        self.minted.clear();
        Memory::absolute(self.minted.0)
            .mint(
                &Memory::absolute(self.service),
                CapRights::WRITE_GRANT,
                badge,
            )
            .map_err(|_| NoSlot)?;
        Ok(self.minted.address())
    }

    fn keep(&mut self) -> Result<Kept, NoSlot> {
        let slot = allocate()?;
        if Memory::absolute(slot).move_(&self.receive_slot()).is_ok() {
            return Ok(Kept(slot));
        }
        // Nothing was there.
        memory::with(|memory| memory.slots.free(slot, 1));
        Err(NoSlot)
    }

    fn forget(&mut self, kept: Kept) {
        drop(Slot(kept.0));
    }

    fn is_there(&self, kept: &Kept) -> bool {
        is_full(kept.0)
    }

    fn pass_on(
        &mut self,
        kept: &Kept,
        badge: Option<u64>,
    ) -> Result<CapabilityAddress, PassOnError> {
        self.minted.clear();
        let (into, from) = (Memory::absolute(self.minted.0), Memory::absolute(kept.0));
        let made = match badge {
            Some(badge) => into.mint(&from, CapRights::WRITE_GRANT, badge),
            None => into.copy(&from, CapRights::all()),
        };
        match made {
            Ok(()) => Ok(self.minted.address()),
            Err(sel4::Error::IllegalOperation) => Err(PassOnError::Badged),
            Err(_) => Err(PassOnError::Gone),
        }
    }

    fn signal(&mut self, kept: &Kept) {
        // A plain signal would wait for a receiver if this were an endpoint.
        CPtr::from_bits(kept.0)
            .cast::<cap_type::Notification>()
            .nb_send_with_mrs(MessageInfo::default(), ());
    }

    fn map(&mut self) -> Result<SharedPage, MapError> {
        let kept = self.keep_page()?;
        SharedPage::received(Slot(kept.0))
    }

    fn keep_page(&mut self) -> Result<Kept, MapError> {
        let kept = self.keep().map_err(|NoSlot| MapError::NoPage)?;
        let slot = Slot(kept.0);
        if !self.is_page(&slot)? {
            return Err(MapError::NoPage);
        }
        Ok(Kept(slot.into_number()))
    }

    fn lend_page(&mut self, page: &Kept) -> Result<CapabilityAddress, SharedError> {
        self.minted.clear();
        Memory::absolute(self.minted.0)
            .copy(&Memory::absolute(page.0), CapRights::READ_ONLY)
            .map_err(|_| SharedError::Gone)?;
        Ok(self.minted.address())
    }

    fn save_caller(&mut self, caller: Caller) -> Result<SavedCaller, NoSlot> {
        let slot = allocate()?;
        if Memory::absolute(slot).save_caller().is_ok() {
            return Ok(SavedCaller { slot, caller });
        }
        memory::with(|memory| memory.slots.free(slot, 1));
        Err(NoSlot)
    }

    fn is_waiting(&self, saved: &SavedCaller) -> bool {
        is_full(saved.slot)
    }

    fn send_answer(
        &mut self,
        saved: SavedCaller,
        outgoing: &Outgoing,
        bytes: &[u8; MESSAGE_BYTES],
    ) {
        kernel::send_answer(CPtr::from_bits(saved.slot), outgoing, bytes);
        // Answering has used the authority up.
        drop(Slot(saved.slot));
    }
}
