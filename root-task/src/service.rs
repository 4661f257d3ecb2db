// SPDX-License-Identifier: MIT OR Apache-2.0
//! The containers with their capabilities: what the tree decides is done here, and what the interface promises
//! ([`crate::requests`]) is done with it.
//!
//! What takes long is a job ([`jobs`]), done in parts by the worker ([`work`]).
mod allocate;
mod ask;
mod convert;
mod destroy;
mod dissolve;
mod grant;
mod jobs;
mod schedule;
mod stranded;
mod watch;
mod work;

use alloc::boxed::Box;

use croft_container::{ContainerError, Limits};
use croft_container_tree::{
    Amount, BlockHandle, ContainerId, Grant, Grants, HolderId, Name, Process, Processes, Result,
    Rights, Watches,
};
use croft_server::{SlotAllocator, counter};
use heapless::HistoryBuf;
use sel4::{AbsoluteCPtr, CPtr, ObjectBlueprint, cap, init_thread};

use crate::address_spaces::AddressSpaces;
use crate::error::{BootError, kernel_error};
use crate::machine::Machine;
use crate::slots::{self, RootKernel, Tree, own_cnode};
use jobs::Jobs;
pub use schedule::require_domains;

/// The most containers that there can be.
const CONTAINERS: u16 = 8192;

/// All containers, who may use them, and what came out of them.
pub struct Service {
    pub tree: Tree,
    pub grants: Grants,
    pub jobs: Jobs,
    processes: Processes,
    watches: Watches,
    address_spaces: AddressSpaces,
    /// Slots of the root task's CNode for its own things.
    pub slots: SlotAllocator<'static>,
    /// The endpoint that everybody calls, with all rights and no badge.
    endpoint: u64,
    /// A slot through which new address spaces go.
    transfer: u64,
    /// The root task itself as a holder of containers.
    me: HolderId,
    /// Ticks of the counter in a millisecond.
    pub ticks: u64,
    /// The last frames that were given to somebody, and when.
    recent: HistoryBuf<(BlockHandle, u64), 4>,
}

impl Service {
    /// The root container with all memory.
    pub fn new(machine: &Machine) -> core::result::Result<Self, BootError> {
        let mut tree = Tree::new(
            RootKernel,
            &machine.memory,
            machine.book_slots.clone(),
            CONTAINERS,
        )?;
        tree.add_own(machine.own.amount());
        tree.set_since(ContainerId::ROOT, counter());
        tree.count_processes(ContainerId::ROOT, 1);
        let range = machine.own_slots.clone();
        let mut slots = SlotAllocator::new(range.start, range.end, &mut []);
        let returned = alloc::vec![0; slots.words()];
        slots.remember_in(Box::leak(returned.into_boxed_slice()));
        let mut processes = Processes::default();
        let me = processes
            .add(Process {
                container: ContainerId::ROOT,
                block: BlockHandle::from_number(u64::MAX),
                pool: None,
                cnode_block: None,
                // Nothing is set for its thread.
                slots: init_thread::slot::CNODE.index() as u32,
                client: true,
                priority: u8::MAX,
                stopped: false,
            })
            .ok_or(ContainerError::NoBooks)?;
        let mut service = Self {
            tree,
            grants: Grants::default(),
            jobs: Jobs::default(),
            processes,
            watches: Watches::default(),
            address_spaces: AddressSpaces::new(),
            slots,
            endpoint: 0,
            transfer: 0,
            me: HolderId(me),
            ticks: machine.ticks,
            recent: HistoryBuf::new(),
        };
        service.endpoint = service.own_object(&ObjectBlueprint::Endpoint)?;
        service.transfer = service.own_slot()?;
        Ok(service)
    }

    /// The endpoint that everybody calls.
    pub fn endpoint(&self) -> cap::Endpoint {
        cap::Endpoint::from_bits(self.endpoint)
    }

    /// A free slot of the root task's CNode.
    pub fn own_slot(&mut self) -> core::result::Result<u64, BootError> {
        self.slots.allocate().map_err(|_| BootError::Slots)
    }

    /// An object for the root task itself, for good; its slot.
    pub fn own_object(
        &mut self,
        blueprint: &ObjectBlueprint,
    ) -> core::result::Result<u64, BootError> {
        let slot = self.own_slot()?;
        self.make_own(blueprint, slot)?;
        Ok(slot)
    }

    /// An object for the root task itself; its memory.
    fn make_own(&mut self, blueprint: &ObjectBlueprint, slot: u64) -> Result<BlockHandle> {
        let bits = (blueprint.physical_size_bits() as u8).max(croft_container_tree::MIN_BITS);
        let block = self.tree.allocate(ContainerId::ROOT, bits)?;
        let made = self
            .tree
            .block_slot(ContainerId::ROOT, block)
            .and_then(|untyped| {
                slots::retype(untyped, blueprint, &own_cnode(), slot, 1).map_err(kernel_error)
            });
        self.keep_if(made, ContainerId::ROOT, block)?;
        Ok(block)
    }

    /// Derives a container for the holder of `grant`, who gets a capability for it in `slot`.
    pub fn derive(&mut self, grant: &Grant, limits: &Limits, slot: u64) -> Result<ContainerId> {
        let (parent, name) = (grant.container, Name::new(""));
        let guaranteed = Amount::bytes(limits.guaranteed);
        let tree = &mut self.tree;
        let id = tree.derive(parent, name, limits.limit, guaranteed)?;
        tree.set_since(id, counter());
        let granted = self.grant(id, grant.holder, Rights::Manage, slot);
        let granted = granted.inspect_err(|_| self.tree.undo(id));
        granted.map(|_| id)
    }
}

/// Slot `slot` of a holder's CNode, whose capability is in slot `cnode`.
fn slot_of(cnode: u64, slot: u64) -> AbsoluteCPtr {
    cap::CNode::from_bits(cnode).absolute_cptr(CPtr::from_bits(slot))
}

/// What the kernel says about slots of the caller's, in the words of the interface.
fn bad_slots(error: sel4::Error, first: u64, count: u64) -> ContainerError {
    match error {
        sel4::Error::DeleteFirst | sel4::Error::RangeError | sel4::Error::FailedLookup => {
            ContainerError::BadSlots { first, count }
        }
        other => kernel_error(other),
    }
}
