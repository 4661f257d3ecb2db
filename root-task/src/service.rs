// SPDX-License-Identifier: MIT OR Apache-2.0
//! The containers with their capabilities: what the tree decides is done here.
mod allocate;
mod convert;
mod destroy;
mod dissolve;
mod grant;
mod schedule;
mod stranded;
mod watch;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use croft_container::{ContainerError, Limits};
use croft_container_tree::{
    Amount, BlockHandle, ContainerId, Grant, Grants, HolderId, Name, Process, Processes, Rights,
    Watches,
};
use croft_server::{SlotAllocator, counter};
use sel4::{AbsoluteCPtr, CPtr, ObjectBlueprint, cap, init_thread};

use crate::address_spaces::AddressSpaces;
use crate::error::{BootError, kernel_error};
use crate::machine::Machine;
use crate::slots::{RootKernel, Tree, own, own_cnode};
use destroy::Destruction;
pub use schedule::require_domains;

/// The most containers that there can be.
const CONTAINERS: u16 = 8192;

/// All containers, who may use them, and what came out of them.
pub struct Service {
    tree: Tree,
    grants: Grants,
    processes: Processes,
    address_spaces: AddressSpaces,
    /// Slots of the root task's CNode for its own things.
    slots: SlotAllocator<'static>,
    /// The endpoint that everybody calls, with all rights and no badge.
    endpoint: u64,
    /// A slot through which new address spaces go.
    transfer: u64,
    /// The root task itself as a holder of containers.
    me: HolderId,
    /// The container capabilities in its own slots, with their badges.
    own_capabilities: Vec<(u64, u64)>,
    destruction: Destruction,
    watches: Watches,
    /// Ticks of the counter in a millisecond.
    ticks: u64,
}

impl Service {
    /// The root container with all memory.
    pub fn new(machine: &Machine) -> Result<Self, BootError> {
        let book_slots = machine.book_slots.clone();
        let mut tree = Tree::new(RootKernel, &machine.memory, book_slots, CONTAINERS)?;
        tree.add_own(machine.own.amount());
        let range = machine.own_slots.clone();
        let mut slots = SlotAllocator::new(range.start, range.end, &mut []);
        let returned = alloc::vec![0; slots.words()];
        slots.remember_in(Box::leak(returned.into_boxed_slice()));
        let mut processes = Processes::new();
        let me = Process {
            container: ContainerId::ROOT,
            block: BlockHandle::from_number(u64::MAX),
            pool: None,
            cnode_block: None,
            // Nothing is set for its thread.
            slots: init_thread::slot::CNODE.index() as u32,
            client: true,
            priority: u8::MAX,
            stopped: false,
        };
        let me = processes.add(me)?;
        let mut service = Self {
            tree,
            grants: Grants::new(),
            processes,
            address_spaces: AddressSpaces::new(),
            slots,
            endpoint: 0,
            transfer: 0,
            me,
            own_capabilities: Vec::new(),
            destruction: Destruction::default(),
            watches: Watches::new(),
            ticks: machine.ticks,
        };
        service.tree.set_since(ContainerId::ROOT, counter());
        service.tree.count_processes(ContainerId::ROOT, 1);
        service.endpoint = service.own_object(&ObjectBlueprint::Endpoint)?;
        service.transfer = service.own_slot()?;
        Ok(service)
    }

    /// The endpoint that everybody calls.
    pub fn endpoint(&self) -> cap::Endpoint {
        cap::Endpoint::from_bits(self.endpoint)
    }

    /// Free slots of the root task's CNode.
    pub fn slots(&mut self) -> &mut SlotAllocator<'static> {
        &mut self.slots
    }

    /// A free slot of the root task's CNode.
    pub fn own_slot(&mut self) -> Result<u64, BootError> {
        self.slots.allocate().map_err(|_| BootError::Slots)
    }

    /// An object for the root task itself, for good; its slot.
    pub fn own_object(&mut self, blueprint: &ObjectBlueprint) -> Result<u64, BootError> {
        let slot = self.own_slot()?;
        self.make_own(blueprint, slot)?;
        Ok(slot)
    }

    /// An object for the root task itself; its memory.
    fn make_own(
        &mut self,
        blueprint: &ObjectBlueprint,
        slot: u64,
    ) -> Result<BlockHandle, ContainerError> {
        let bits = (blueprint.physical_size_bits() as u8).max(croft_container_tree::MIN_BITS);
        let block = self.block(ContainerId::ROOT, bits)?;
        let made = self.untyped(ContainerId::ROOT, block).and_then(|untyped| {
            untyped
                .untyped_retype(blueprint, &own_cnode(), slot as usize, 1)
                .map_err(kernel_error)
        });
        match made {
            Ok(()) => Ok(block),
            Err(error) => {
                self.free(ContainerId::ROOT, block);
                Err(error)
            }
        }
    }

    /// The root container's account, for people: all memory that the kernel told of.
    pub fn accounts(&self, machine: &Machine) -> impl fmt::Display + use<> {
        let root = self.tree.info(ContainerId::ROOT);
        let [limit, free, own] =
            root.map_or([Amount::ZERO; 3], |root| [root.limit, root.left, root.own]);
        let (image, cnode, rest) = (machine.own.image, machine.own.cnode, machine.own.rest);
        let (heap, before) = (crate::HEAP, machine.own.amount());
        fmt::from_fn(move |f| {
            write!(
                f,
                "memory: {} bytes, {} free, {} the root task's own (image {image}, with a heap of {heap}; CNode {cnode}; \
                 others {rest}; objects made since {}); slots: {}, {} free, {} own",
                limit.bytes,
                free.bytes,
                own.bytes,
                own.minus(before).bytes,
                limit.slots,
                free.slots,
                own.slots
            )
        })
    }

    /// All that the root container has.
    pub fn total(&self) -> Amount {
        self.tree
            .info(ContainerId::ROOT)
            .map_or(Amount::ZERO, |info| info.left)
    }

    /// What ends containers.
    pub fn destruction(&mut self) -> &mut Destruction {
        &mut self.destruction
    }

    /// Lets the worker go on after somebody was answered.
    pub fn let_work(&mut self) {
        self.destruction.let_work();
    }

    /// How long ago the counter had that value, in milliseconds.
    pub fn age(&self, since: u64) -> u64 {
        counter().saturating_sub(since) / self.ticks
    }

    /// The tree, for questions.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Derives a container for the holder of `grant`, who gets a capability for it in `slot`.
    pub fn derive(
        &mut self,
        grant: &Grant,
        limits: &Limits,
        slot: u64,
    ) -> Result<ContainerId, ContainerError> {
        self.require(grant, Rights::Derive)?;
        let guaranteed = Amount::bytes(limits.guaranteed);
        let name = Name::new("");
        let id = self
            .tree
            .derive(grant.container, name, limits.limit, guaranteed)?;
        self.tree.set_since(id, counter());
        match self.grant(id, grant.holder, Rights::Manage, grant.holder, slot) {
            Ok(_) => Ok(id),
            Err(error) => {
                self.destroy_at_once(id)?;
                Err(error)
            }
        }
    }

    /// Refuses what the grant does not allow.
    pub fn require(&self, grant: &Grant, needed: Rights) -> Result<(), ContainerError> {
        let rights = grant.rights;
        if rights >= needed {
            Ok(())
        } else {
            Err(ContainerError::Forbidden { rights, needed })
        }
    }

    /// A new name for the container of `grant`.
    pub fn set_name(&mut self, grant: &Grant, name: Name) -> Result<(), ContainerError> {
        self.require(grant, Rights::Manage)?;
        self.tree.set_name(grant.container, name)
    }

    /// A new limit for the container of `grant`.
    pub fn set_limit(&mut self, grant: &Grant, limit: Amount) -> Result<(), ContainerError> {
        self.require(grant, Rights::Manage)?;
        self.tree.set_limit(grant.container, limit)
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

/// The slot of a pair that a grant's or process' capability is in, as an address.
fn address(slot: croft_container_tree::Slot) -> AbsoluteCPtr {
    own(slot.into())
}
