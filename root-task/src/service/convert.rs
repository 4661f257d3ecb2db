// SPDX-License-Identifier: MIT OR Apache-2.0
//! From memory to a process: a thread, a CNode and an address space with its number.
use croft_container::{Block, ChildSlots, ContainerError, DeriveProcess, NewProcess, Object};
use croft_container_tree::{
    BlockHandle, ContainerId, Grant, HolderId, PROCESS_SLOTS, Process, Rights, Schedule, Slot,
};
use sel4::{
    CNodeCapData, CapRights, ObjectBlueprint, TranslationTableObjectType, cap, init_thread,
};

use super::allocate::retype;
use super::{Service, address, bad_slots, slot_of};
use crate::error::kernel_error;
use crate::objects::{MAX_CLIENT_RADIX, MAX_RADIX};
use crate::slots::{own, own_cnode};

const TCB: ObjectBlueprint = ObjectBlueprint::Tcb;
const VSPACE: ObjectBlueprint = TranslationTableObjectType::ALL[0].blueprint();

/// Bytes of thread and root table.
const FIXED: u64 = (1 << TCB.physical_size_bits()) + (1 << VSPACE.physical_size_bits());

/// log2 of the block that holds them; what is left of it holds a small CNode.
const BLOCK_BITS: u8 = FIXED.next_power_of_two().trailing_zeros() as u8;

/// The scheduling domains of threads that run and of those that are stopped: the kernel's schedule has the first one only.
const DOMAINS: [u8; 2] = [0, 1];

/// The slot of a process' thread, of the pair that is kept for it.
pub(super) fn thread(slots: Slot) -> u64 {
    u64::from(slots) + 1
}

/// What a conversion has made so far.
struct Parts {
    block: BlockHandle,
    cnode_block: Option<BlockHandle>,
    pool: Option<u8>,
    slots: Option<Slot>,
    client: bool,
}

impl Service {
    /// A process for the holder of `grant`, in three slots from `first_slot` on.
    pub fn convert(
        &mut self,
        grant: &Grant,
        radix: u8,
        client: bool,
        first_slot: u64,
    ) -> Result<Block, ContainerError> {
        self.require(grant, Rights::Allocate)?;
        self.make_process(grant.container, grant.holder, radix, client, first_slot)
    }

    /// A derived container with a process in it and perhaps an untyped.
    pub fn derive_process(
        &mut self,
        grant: &Grant,
        what: &DeriveProcess,
        first_slot: u64,
    ) -> Result<NewProcess, ContainerError> {
        let slots = ChildSlots::at(first_slot);
        let id = self.derive(grant, &what.limits, slots.container)?;
        let made = self.fill(id, grant.holder, what, &slots);
        if made.is_err() {
            self.destroy_at_once(id)?;
        }
        made
    }

    fn fill(
        &mut self,
        id: ContainerId,
        holder: HolderId,
        what: &DeriveProcess,
        slots: &ChildSlots,
    ) -> Result<NewProcess, ContainerError> {
        let process = self.make_process(id, holder, what.radix, what.client, slots.tcb)?;
        let untyped = if what.untyped_bits == 0 {
            None
        } else {
            let object = Object::Untyped {
                bits: what.untyped_bits,
            };
            let (blueprint, bits) = crate::objects::blueprint(object, 1)?;
            let block = self.block(id, bits)?;
            let untyped = self.untyped(id, block)?;
            retype(untyped, &blueprint, self.cnode(holder)?, slots.untyped, 1)?;
            Some(Block(block.number()))
        };
        Ok(NewProcess { process, untyped })
    }

    fn make_process(
        &mut self,
        container: ContainerId,
        holder: HolderId,
        radix: u8,
        client: bool,
        first_slot: u64,
    ) -> Result<Block, ContainerError> {
        let most = if holder == self.me {
            MAX_RADIX
        } else {
            MAX_CLIENT_RADIX
        };
        if !(1..=most).contains(&radix) {
            return Err(ContainerError::BadObject);
        }
        let mut parts = Parts {
            block: self.block(container, BLOCK_BITS)?,
            cnode_block: None,
            pool: None,
            slots: None,
            client,
        };
        let made = self
            .make_parts(&mut parts, container, holder, radix, first_slot)
            .and_then(|()| self.enter(container, &parts));
        match made {
            Ok(()) => Ok(Block(parts.block.number())),
            Err(error) => {
                self.undo(container, &parts);
                Err(error)
            }
        }
    }

    /// A thread and no more. It runs like the threads of the container's processes, and is suspended with them.
    pub(super) fn make_thread(
        &mut self,
        grant: &Grant,
        slot: u64,
    ) -> Result<Block, ContainerError> {
        let container = grant.container;
        let destination = self.cnode(grant.holder)?;
        let mut parts = Parts {
            block: self.block(container, TCB.physical_size_bits() as u8)?,
            cnode_block: None,
            pool: None,
            slots: None,
            client: false,
        };
        let made = self
            .untyped(container, parts.block)
            .and_then(|untyped| retype(untyped, &TCB, destination, slot, 1))
            .and_then(|()| self.keep_thread(&mut parts, container, destination, slot))
            .and_then(|_| self.enter(container, &parts));
        match made {
            Ok(()) => Ok(Block(parts.block.number())),
            Err(error) => {
                self.undo(container, &parts);
                Err(error)
            }
        }
    }

    /// Nothing is left of what was made.
    fn undo(&mut self, container: ContainerId, parts: &Parts) {
        for block in [Some(parts.block), parts.cnode_block].into_iter().flatten() {
            self.free(container, block);
        }
        if let Some(pool) = parts.pool {
            self.address_spaces.release(pool);
        }
        if let Some(slot) = parts.slots {
            self.tree.return_slots(slot, Some(container));
        }
    }

    /// Keeps a capability for a thread that is in slot `tcb`; the pair of slots.
    fn keep_thread(
        &mut self,
        parts: &mut Parts,
        container: ContainerId,
        destination: u64,
        tcb: u64,
    ) -> Result<Slot, ContainerError> {
        let kept = self.tree.take_slots(container)?;
        parts.slots = Some(kept);
        own(thread(kept))
            .copy(&slot_of(destination, tcb), CapRights::all())
            .map_err(kernel_error)?;
        Ok(kept)
    }

    fn make_parts(
        &mut self,
        parts: &mut Parts,
        container: ContainerId,
        holder: HolderId,
        radix: u8,
        first_slot: u64,
    ) -> Result<(), ContainerError> {
        let destination = self.cnode(holder)?;
        let (tcb, cnode, vspace) = (first_slot, first_slot + 1, first_slot + 2);
        let untyped = self.untyped(container, parts.block)?;
        // Larger objects first: nothing is lost between them.
        self.make_vspace(parts, untyped, destination, vspace)?;
        retype(untyped, &TCB, destination, tcb, 1)?;
        let blueprint = ObjectBlueprint::CNode {
            size_bits: radix.into(),
        };
        let bits = blueprint.physical_size_bits() as u8;
        let from = if (1 << bits) + FIXED <= 1 << BLOCK_BITS {
            untyped
        } else {
            let block = self.block(container, bits.max(croft_container_tree::MIN_BITS))?;
            parts.cnode_block = Some(block);
            self.untyped(container, block)?
        };
        retype(from, &blueprint, destination, cnode, 1)?;
        let kept = self.keep_thread(parts, container, destination, tcb)?;
        if parts.client {
            let guard = CNodeCapData::skip_high_bits(radix.into()).into_word();
            address(kept)
                .mint(&slot_of(destination, cnode), CapRights::all(), guard)
                .map_err(kernel_error)?;
        }
        Ok(())
    }

    /// The address space: it gets its number while it is in a slot of the root task's, then it goes to its place.
    fn make_vspace(
        &mut self,
        parts: &mut Parts,
        untyped: cap::Untyped,
        destination: u64,
        slot: u64,
    ) -> Result<(), ContainerError> {
        untyped
            .untyped_retype(&VSPACE, &own_cnode(), self.transfer as usize, 1)
            .map_err(kernel_error)?;
        parts.pool = Some(self.number(cap::VSpace::from_bits(self.transfer))?);
        slot_of(destination, slot)
            .move_(&own(self.transfer))
            .map_err(|error| bad_slots(error, slot, 1))
    }

    /// Gives an address space a number.
    fn number(&mut self, vspace: cap::VSpace) -> Result<u8, ContainerError> {
        loop {
            match self.address_spaces.assign(vspace) {
                Ok(Some(pool)) => return Ok(pool),
                Ok(None) => self.add_pool()?,
                Err(error) => return Err(kernel_error(error)),
            }
        }
    }

    fn add_pool(&mut self) -> Result<(), ContainerError> {
        let row = self.slots.allocate_row(2);
        let untyped = row.map_err(|_| ContainerError::NoBooks)?;
        let pool = untyped + 1;
        let block = self.make_own(&ObjectBlueprint::asid_pool(), untyped);
        let made = block.and_then(|block| {
            let control = init_thread::slot::ASID_CONTROL.cap();
            control
                .asid_control_make_pool(cap::Untyped::from_bits(untyped), &own(pool))
                .map_err(|_| {
                    self.free(ContainerId::ROOT, block);
                    ContainerError::NoAddressSpace
                })
        });
        match made {
            Ok(()) => self.address_spaces.add(pool),
            Err(_) => self.slots.free(untyped, 2),
        }
        made
    }

    /// Enters the process into the books.
    fn enter(&mut self, container: ContainerId, parts: &Parts) -> Result<(), ContainerError> {
        let process = Process {
            container,
            block: parts.block,
            cnode_block: parts.cnode_block,
            pool: parts.pool,
            slots: parts.slots.unwrap_or_default(),
            client: parts.client,
            // As the kernel makes threads.
            priority: 0,
            stopped: false,
        };
        self.tree.charge_record(container, PROCESS_SLOTS)?;
        match self.processes.add(process) {
            Ok(id) => {
                // A block's tag is 0 unless it is a process.
                self.tree.set_tag(parts.block, id.0.into());
                self.tree
                    .count_processes(container, parts.pool.is_some().into());
                self.set_schedule(id, self.tree.schedule(container));
                Ok(())
            }
            Err(error) => {
                self.tree.discharge_record(container, PROCESS_SLOTS);
                Err(error)
            }
        }
    }

    /// Has a process' thread run like that.
    pub(super) fn set_schedule(&mut self, id: HolderId, schedule: Schedule) {
        let Some(process) = self.processes.get(id) else {
            return;
        };
        let Schedule {
            priority, stopped, ..
        } = schedule;
        let tcb = cap::Tcb::from_bits(thread(process.slots));
        // The root task may give any priority and any domain that there is; a thread that is gone needs none.
        if process.priority != priority {
            let _ = tcb.tcb_set_priority(init_thread::slot::TCB.cap(), priority.into());
        }
        if process.stopped != stopped {
            let _ = init_thread::slot::DOMAIN
                .cap()
                .domain_set_set(DOMAINS[usize::from(stopped)], tcb);
        }
        self.processes.set_schedule(id, priority, stopped);
    }

    /// Forgets a process whose block is revoked: its capabilities are gone already.
    pub(super) fn end_process(&mut self, id: HolderId) {
        let Some(process) = self.processes.remove(id) else {
            return;
        };
        if let Some(pool) = process.pool {
            self.address_spaces.release(pool);
        }
        while let Some(badge) = self.grants.of_holder(id) {
            self.end_grant(badge);
        }
        let container = process.container;
        if process.client {
            self.look_for_stranded();
        }
        let alive = self.tree.info(container).is_ok();
        self.tree
            .return_slots(process.slots, alive.then_some(container));
        if alive {
            self.tree
                .count_processes(container, -i16::from(process.pool.is_some()));
            self.tree.discharge_record(container, PROCESS_SLOTS);
            if let Some(block) = process.cnode_block {
                self.free(container, block);
            }
        }
    }

    /// The process that a block is.
    pub(super) fn process_of(&self, block: BlockHandle) -> Option<HolderId> {
        let number = self.tree.tag(block) as u16;
        (number != 0).then_some(HolderId(number))
    }

    /// The process of a block in a container or below it.
    pub(super) fn process_within(
        &self,
        top: ContainerId,
        block: Block,
    ) -> Result<HolderId, ContainerError> {
        let block = BlockHandle::from_number(block.0);
        self.tree
            .owner(block)
            .filter(|owner| self.tree.is_within(*owner, top))
            .and_then(|_| self.process_of(block))
            .ok_or(ContainerError::NoSuchProcess)
    }
}
