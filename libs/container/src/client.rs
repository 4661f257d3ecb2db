// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client's side.
use croft_ipc::{CallError, CapabilityAddress, ProtocolError, Transport, data};

use crate::{
    Allocation, Amount, Block, ContainerError, ContainersClient, DeriveProcess, Entry, Identity,
    Limits, Name, Object, Rights, Schedule, Usage,
};

#[cfg(feature = "sel4")]
type Endpoint = croft_ipc::kernel::Endpoint;
#[cfg(not(feature = "sel4"))]
type Endpoint = core::convert::Infallible;

/// A container capability.
#[derive(Clone, Copy)]
pub struct Container<T = Endpoint> {
    client: ContainersClient<T>,
}

/// What [`Container::derive_process`] made.
#[data]
#[derive(Copy)]
pub struct NewProcess {
    /// The process: giving it back destroys thread, CNode and address space.
    pub process: Block,
    /// The untyped, if one was asked for.
    pub untyped: Option<Block>,
}

/// Where [`Container::derive_process`] puts capabilities, from its first slot on; [`Container::convert`] puts the three in
/// the middle from its first slot on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildSlots {
    /// The derived container, with the right to manage it.
    pub container: u64,
    /// The thread, with nothing configured.
    pub tcb: u64,
    /// The CNode, without a guard.
    pub cnode: u64,
    /// The address space, ready to be used.
    pub vspace: u64,
    /// The untyped.
    pub untyped: u64,
}

impl ChildSlots {
    /// How many there are.
    pub const COUNT: u64 = 5;

    /// Those that begin at `first`.
    #[must_use]
    pub const fn at(first: u64) -> Self {
        Self {
            container: first,
            tcb: first + 1,
            cnode: first + 2,
            vspace: first + 3,
            untyped: first + 4,
        }
    }
}

/// Turns a call's failure into the interface's own terms: what cannot reach the server is a container that is gone.
fn refused(error: CallError<ContainerError>) -> ContainerError {
    match error {
        CallError::Refused(error) => error,
        CallError::Transport(error) => ContainerError::Kernel {
            error: error.kernel_error as u32,
        },
        CallError::Gone | CallError::Restarted | CallError::TimedOut | CallError::Protocol(_) => {
            ContainerError::Gone
        }
    }
}

impl<T: Transport> Container<T> {
    /// The container behind a capability.
    pub const fn new(transport: T) -> Self {
        Self {
            client: ContainersClient::new(transport),
        }
    }

    /// Allocates `count` objects into consecutive slots from `first_slot` on. All of them are one block. At
    /// most [`crate::MAX_COUNT`] objects and 2^[`crate::MAX_BLOCK_BITS`] bytes.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoMemory`], [`ContainerError::BadObject`], [`ContainerError::BadSlots`],
    /// [`ContainerError::Busy`], [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn allocate_objects(
        &self,
        object: Object,
        count: u16,
        first_slot: u64,
    ) -> Result<Block, ContainerError> {
        let made = self.client.allocate(object, count, first_slot);
        made.map_err(refused)
    }

    /// Allocates an untyped of 2^`bits` bytes, at most 2^[`crate::MAX_UNTYPED_BITS`].
    ///
    /// # Errors
    /// As for [`Container::allocate_objects`].
    pub fn allocate(&self, bits: u8, slot: u64) -> Result<Block, ContainerError> {
        self.allocate_objects(Object::Untyped { bits }, 1, slot)
    }

    /// Allocates `count` frames of 4 KiB into consecutive slots. The block is as large as the next power of two:
    /// ask for 64, 32, 16 …
    ///
    /// # Errors
    /// As for [`Container::allocate_objects`].
    pub fn allocate_frames(&self, count: u16, first_slot: u64) -> Result<Block, ContainerError> {
        self.allocate_objects(Object::Frame { bits: 12 }, count, first_slot)
    }

    /// Gives a block back. All objects in it are destroyed, and all copies of their capabilities vanish. That takes time for
    /// each of them, in which others are served, at the caller's priority.
    ///
    /// # Errors
    /// [`ContainerError::NoSuchBlock`], [`ContainerError::Busy`], [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn deallocate(&self, block: Block) -> Result<(), ContainerError> {
        self.client.deallocate(block).map_err(refused)
    }

    /// Derives a container; the capability in `slot` allows to manage it.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoMemory`], [`ContainerError::NoBooks`], [`ContainerError::BadLimit`],
    /// [`ContainerError::BadSlots`], [`ContainerError::TooDeep`], [`ContainerError::Busy`], [`ContainerError::Forbidden`],
    /// [`ContainerError::Gone`].
    pub fn derive(&self, limits: &Limits, slot: u64) -> Result<(), ContainerError> {
        self.client.derive(*limits, slot).map_err(refused)
    }

    /// Converts memory of the container into a process: thread, CNode of 2^`radix` slots, address space, in three slots
    /// from `first_slot` on. A `client` can be given containers by [`Container::share`]; its CNode is then used with a
    /// guard that makes a slot's number its address.
    ///
    /// # Errors
    /// As for [`Container::allocate_objects`]; [`ContainerError::NoAddressSpace`].
    pub fn convert(
        &self,
        radix: u8,
        client: bool,
        first_slot: u64,
    ) -> Result<Block, ContainerError> {
        let made = self.client.convert(radix, client, first_slot);
        made.map_err(refused)
    }

    /// [`Container::derive`], [`Container::convert`] in the new container and, if wanted, [`Container::allocate`] from it, in
    /// one call: what a fork needs. See [`ChildSlots`] for the slots from `first_slot` on; the last one only if there
    /// is an untyped.
    ///
    /// # Errors
    /// As for those.
    pub fn derive_process(
        &self,
        what: &DeriveProcess,
        first_slot: u64,
    ) -> Result<NewProcess, ContainerError> {
        let made = self.client.derive_process(*what, first_slot);
        made.map_err(refused)
    }

    /// Destroys the container, everything allocated from it and every container derived from it. The capability
    /// vanishes with it.
    ///
    /// # Errors
    /// [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn destroy(&self) -> Result<(), ContainerError> {
        self.client.destroy().map_err(refused)
    }

    /// Ends the container alone. Everything that was allocated from it, the processes converted from it and the containers
    /// derived from it pass to its parent, which uses as much as before, without the record of this container and
    /// without what was set aside for it and not used. All capabilities for it vanish; nothing else changes for its
    /// processes, but one whose primary container it was has none until somebody who may gives it one ([`Container::share`]).
    /// Blocks keep their names; [`Container::blocks`] of the parent tells them. What is suspended and at which
    /// priority things run stays until that is set for the parent.
    ///
    /// # Errors
    /// [`ContainerError::Root`], [`ContainerError::NoBooks`], [`ContainerError::Forbidden`]; [`ContainerError::Busy`] while a block of
    /// it is being taken back; [`ContainerError::Gone`], also if an ancestor is destroyed meanwhile.
    pub fn dissolve(&self) -> Result<(), ContainerError> {
        self.client.dissolve().map_err(refused)
    }

    /// Stops all threads that were allocated from the container and from those below it, those of processes and others,
    /// until [`Container::resume`]. Each container is suspended by itself, or not: a process runs when its container and none
    /// above it is suspended. What is converted or derived meanwhile is stopped from its beginning.
    ///
    /// A thread that is stopped is in a scheduling domain that never has the processor. It keeps its state: a message
    /// can still be delivered to it, a reply too, and it acts on it when it is resumed. Whoever holds its TCB
    /// capability cannot make it run; only the container server can. What this does not reach are threads that
    /// a process made by itself out of an untyped: they are unknown to the server, and have priority 0 (see
    /// [`Container::set_priority`]).
    ///
    /// # Errors
    /// [`ContainerError::Busy`], [`ContainerError::Root`], [`ContainerError::Forbidden`], [`ContainerError::Gone`];
    /// [`ContainerError::Kernel`] if the kernel was configured with a single domain.
    pub fn suspend(&self) -> Result<(), ContainerError> {
        self.client.suspend().map_err(refused)
    }

    /// Ends what [`Container::suspend`] of the same container did.
    ///
    /// # Errors
    /// As for that.
    pub fn resume(&self) -> Result<(), ContainerError> {
        self.client.resume().map_err(refused)
    }

    /// Sets at which priority the threads of the container run, which is at most the parent's; what is below it and above
    /// that priority comes down to it. A derived container begins with its parent's, a process with its container's.
    ///
    /// That is all that decides: the maximum controlled priority of every thread but the server's own is 0, and this
    /// kernel measures a new priority against the maximum of the thread that sets it. So nobody can raise a
    /// thread, not even the holder of its TCB capability; he can only bring it down to 0. A thread that a process made by itself
    /// out of an untyped has priority 0; one that it allocated has the container's.
    ///
    /// What it gives: while a thread of higher priority can run, none of a lower one does. Threads of the same priority
    /// take turns, each for a time slice of the kernel's; so equal containers with one busy process each get equal
    /// shares, and one with two gets two. The kernel has no other shares: a fraction that is guaranteed, or a limit on it,
    /// cannot be had from it, except by suspending and resuming.
    ///
    /// # Errors
    /// [`ContainerError::BadPriority`]; otherwise as for [`Container::suspend`].
    pub fn set_priority(&self, priority: u8) -> Result<(), ContainerError> {
        self.client.set_priority(priority).map_err(refused)
    }

    /// Whether and at which priority the container's processes run.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn schedule(&self) -> Result<Schedule, ContainerError> {
        self.client.schedule().map_err(refused)
    }

    /// Calls `each` for everything that is allocated from the container. It may change meanwhile; then some may be missed.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn blocks(&self, mut each: impl FnMut(&Allocation)) -> Result<(), ContainerError> {
        let mut from = Some(0);
        while let Some(next) = from {
            let answer = self.client.blocks(next).map_err(refused)?;
            answer.blocks.iter().for_each(&mut each);
            from = answer.next;
        }
        Ok(())
    }

    /// How much is used and left.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn usage(&self) -> Result<Usage, ContainerError> {
        self.client.usage().map_err(refused)
    }

    /// Asks for an answer and nothing else: the price of a call.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn null(&self) -> Result<(), ContainerError> {
        self.client.null().map_err(refused)
    }

    /// Puts another capability for the same container into `slot` that allows `rights`, which must not be more. Who can only
    /// look cannot do that: the container pays for each.
    ///
    /// # Errors
    /// [`ContainerError::Forbidden`], [`ContainerError::BadSlots`], [`ContainerError::Limit`], [`ContainerError::Gone`].
    pub fn reduce(&self, rights: Rights, slot: u64) -> Result<(), ContainerError> {
        self.client.reduce(rights, slot).map_err(refused)
    }

    /// Puts a capability for this container into the CNode of a process that was converted, as a client, from this
    /// container or one below it. What that process asks for with it goes to its own CNode.
    ///
    /// # Errors
    /// [`ContainerError::NoSuchProcess`]; otherwise as for [`Container::reduce`].
    pub fn share(&self, process: Block, slot: u64, rights: Rights) -> Result<(), ContainerError> {
        let shared = self.client.share(process, slot, rights);
        shared.map_err(refused)
    }

    /// Has the notification in `slot` signalled, through the capability that is there, when the container has ended and
    /// everything is back, and once when it and its descendants use more than `above` bytes ([`u64::MAX`]: only at its
    /// end). It takes the place of what was asked through this capability before, which is also over when the
    /// capability is; unless the container's destruction has begun: then its end is told in any case. The container pays
    /// three slots.
    ///
    /// Whether it was the end tells [`Container::usage`]: then the container is gone.
    ///
    /// # Errors
    /// [`ContainerError::NoBooks`] if it is watched by too many; [`ContainerError::BadSlots`], [`ContainerError::Limit`],
    /// [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn watch(&self, slot: u64, above: u64) -> Result<(), ContainerError> {
        self.client.watch(slot, above).map_err(refused)
    }

    /// Ends that.
    ///
    /// # Errors
    /// [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn unwatch(&self) -> Result<(), ContainerError> {
        self.client.watch(0, 0).map_err(refused)
    }

    /// The container's state.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn info(&self) -> Result<Entry, ContainerError> {
        self.client.info().map_err(refused)
    }

    /// Calls `each` for the container and all that were derived from it, parents before their children. The tree may
    /// change meanwhile; then some may be missed or the walk may end early.
    ///
    /// # Errors
    /// [`ContainerError::Gone`], [`ContainerError::NoSuchContainer`].
    pub fn list(&self, mut each: impl FnMut(&Entry)) -> Result<(), ContainerError> {
        let mut after = None;
        loop {
            let entries = self.client.list(after).map_err(refused)?;
            let Some(last) = entries.last() else {
                return Ok(());
            };
            after = Some(last.number);
            entries.iter().for_each(&mut each);
        }
    }

    /// Renames the container.
    ///
    /// # Errors
    /// [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn set_name(&self, name: &str) -> Result<(), ContainerError> {
        self.client.set_name(Name::new(name)).map_err(refused)
    }

    /// Sets a new limit. It may be below the present use: then nothing more can be allocated until enough came back.
    ///
    /// # Errors
    /// [`ContainerError::BadLimit`], [`ContainerError::Forbidden`], [`ContainerError::Gone`].
    pub fn set_limit(&self, limit: Amount) -> Result<(), ContainerError> {
        self.client.set_limit(limit).map_err(refused)
    }

    /// Whether the capability at `address` is a container of the same server, and which; `None` if it is not.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn identify(&self, address: u64) -> Result<Option<Identity>, ContainerError> {
        match self.client.identify(CapabilityAddress(address)) {
            // The server takes no capability that is not its own.
            Err(CallError::Protocol(ProtocolError::CapabilityMissing)) => Ok(None),
            answer => answer.map_err(refused),
        }
    }
}
