// SPDX-License-Identifier: MIT OR Apache-2.0
//! From memory to a process: a thread, a CNode and an address space with its number. A thread alone is kept in the same books.
//!
//! What is made is entered first and made then; if something fails, the process ends like any other.
use croft_container::{Block, ChildSlots, ContainerError, DeriveProcess, NewProcess, Object};
use croft_container_tree::{BlockHandle, ContainerId, Grant, HolderId, Process, Result, Slot};
use sel4::{
    CNodeCapData, CapRights, ObjectBlueprint, TranslationTableObjectType, cap, init_thread,
};

use super::allocate::retype;
use super::{Service, bad_slots, slot_of};
use crate::error::kernel_error;
use crate::objects::{MAX_CLIENT_RADIX, MAX_RADIX};
use crate::slots::{self, own, own_cnode};

const TCB: ObjectBlueprint = ObjectBlueprint::Tcb;
const VSPACE: ObjectBlueprint = TranslationTableObjectType::ALL[0].blueprint();

/// Bytes of thread and root table.
const FIXED: u64 = (1 << TCB.physical_size_bits()) + (1 << VSPACE.physical_size_bits());

/// log2 of the block that holds them; what is left of it holds a small CNode.
const BLOCK_BITS: u8 = FIXED.next_power_of_two().trailing_zeros() as u8;

/// The slot of a process' thread, of the pair that is kept for it.
pub(super) fn thread(slots: Slot) -> u64 {
    u64::from(slots) + 1
}

impl Service {
    /// A derived container with a process in it and perhaps an untyped.
    pub fn derive_process(
        &mut self,
        grant: &Grant,
        what: &DeriveProcess,
        first_slot: u64,
    ) -> Result<NewProcess> {
        let (slots, holder) = (ChildSlots::at(first_slot), grant.holder);
        let id = self.derive(grant, &what.limits, slots.container)?;
        let process = |it: &mut Self| it.convert(id, holder, what.radix, what.client, slots.tcb);
        let untyped = |it: &mut Self| {
            let bits = what.untyped_bits;
            let object = Object::Untyped { bits };
            let made = (bits != 0).then(|| it.allocate(id, holder, object, 1, slots.untyped));
            made.transpose()
        };
        // A large CNode is last: if something else fails, it need not be destroyed.
        let made = match own_cnode_bits(what.radix) {
            None => process(self).and_then(|process| Ok((process, untyped(self)?))),
            Some(_) => untyped(self).and_then(|untyped| Ok((process(self)?, untyped))),
        };
        let made = made.map(|(process, untyped)| NewProcess { process, untyped });
        if made.is_err() {
            self.destroy_at_once(id)?;
        }
        made
    }

    /// A process out of a container, in three slots of a holder's from `first_slot` on.
    pub fn convert(
        &mut self,
        container: ContainerId,
        holder: HolderId,
        radix: u8,
        client: bool,
        first_slot: u64,
    ) -> Result<Block> {
        let most = [MAX_CLIENT_RADIX, MAX_RADIX][usize::from(holder == self.me)];
        if !(1..=most).contains(&radix) {
            return Err(ContainerError::BadObject);
        }
        let destination = self.cnode(holder)?;
        // First, as it may have to be cleared.
        let cnode = own_cnode_bits(radix).map(|bits| self.tree.allocate(container, bits));
        let cnode = cnode.transpose()?;
        let entered = self.enter(container, BLOCK_BITS, client, cnode);
        if let (Err(_), Some(block)) = (&entered, cnode) {
            self.tree.release(container, block)?;
        }
        let (id, process) = entered?;
        let made = self.make_parts(id, &process, destination, radix, first_slot);
        self.begin_process(id, &process, made)
    }

    /// A thread and no more. It runs like the threads of the container's processes, and is suspended with them.
    pub(super) fn make_thread(
        &mut self,
        container: ContainerId,
        holder: HolderId,
        slot: u64,
    ) -> Result<Block> {
        let destination = self.cnode(holder)?;
        let bits = TCB.physical_size_bits() as u8;
        let (id, process) = self.enter(container, bits, false, None)?;
        let made = self
            .tree
            .block_slot(container, process.block)
            .and_then(|untyped| retype(untyped, &TCB, destination, slot, 1))
            .and_then(|()| keep_thread(&process, destination, slot));
        self.begin_process(id, &process, made)
    }

    /// Memory for a process, and its entry in the books. A block's tag is 0 unless it is one.
    fn enter(
        &mut self,
        container: ContainerId,
        bits: u8,
        client: bool,
        cnode_block: Option<BlockHandle>,
    ) -> Result<(HolderId, Process)> {
        let block = self.tree.allocate(container, bits)?;
        let entered = self.tree.take_slots(container).and_then(|slots| {
            let process = Process {
                container,
                block,
                cnode_block,
                pool: None,
                slots,
                client,
                // As the kernel makes threads.
                priority: 0,
                stopped: false,
            };
            let number = self.processes.add(process).ok_or(ContainerError::NoBooks);
            let number = number.inspect_err(|_| self.tree.return_slots(slots))?;
            self.tree.set_tag(block, number.into());
            Ok((HolderId(number), process))
        });
        self.keep_if(entered.map(drop), container, block)?;
        entered
    }

    /// From now on a process runs as its container does, if it was `made`.
    fn begin_process(&mut self, id: HolderId, process: &Process, made: Result) -> Result<Block> {
        self.keep_if(made, process.container, process.block)?;
        self.set_schedule(id, self.tree.schedule(process.container));
        Ok(Block(process.block.number()))
    }

    fn make_parts(
        &mut self,
        id: HolderId,
        process: &Process,
        destination: u64,
        radix: u8,
        first_slot: u64,
    ) -> Result {
        let (tcb, cnode, vspace) = (first_slot, first_slot + 1, first_slot + 2);
        let container = process.container;
        let untyped = self.tree.block_slot(container, process.block)?;
        // Larger objects first: nothing is lost between them.
        self.make_vspace(id, untyped, destination, vspace)?;
        retype(untyped, &TCB, destination, tcb, 1)?;
        let block = process.cnode_block.unwrap_or(process.block);
        let from = self.tree.block_slot(container, block)?;
        retype(from, &cnode_of(radix), destination, cnode, 1)?;
        keep_thread(process, destination, tcb)?;
        if process.client {
            let guard = CNodeCapData::skip_high_bits(radix.into()).into_word();
            own(process.slots)
                .mint(&slot_of(destination, cnode), CapRights::all(), guard)
                .map_err(kernel_error)?;
        }
        Ok(())
    }

    /// The address space: it gets its number while it is in a slot of the root task's, then it goes to its place.
    fn make_vspace(&mut self, id: HolderId, untyped: Slot, destination: u64, slot: u64) -> Result {
        slots::retype(untyped, &VSPACE, &own_cnode(), self.transfer, 1).map_err(kernel_error)?;
        let pool = self.number(cap::VSpace::from_bits(self.transfer))?;
        self.processes.change(id.0, |process| {
            process.pool = Some(pool);
            self.tree.count_processes(process.container, 1);
        });
        slot_of(destination, slot)
            .move_(&own(self.transfer))
            .map_err(|error| bad_slots(error, slot, 1))
    }

    /// Gives an address space a number.
    fn number(&mut self, vspace: cap::VSpace) -> Result<u8> {
        loop {
            match self.address_spaces.assign(vspace) {
                Ok(Some(pool)) => return Ok(pool),
                Ok(None) => self.add_pool()?,
                Err(error) => return Err(kernel_error(error)),
            }
        }
    }

    fn add_pool(&mut self) -> Result {
        let row = self.slots.allocate_row(2);
        let untyped = row.map_err(|_| ContainerError::NoBooks)?;
        let pool = untyped + 1;
        let block = self.make_own(&ObjectBlueprint::asid_pool(), untyped);
        let made = block.and_then(|block| {
            let made = init_thread::slot::ASID_CONTROL
                .cap()
                .asid_control_make_pool(cap::Untyped::from_bits(untyped), &own(pool))
                .map_err(|_| ContainerError::NoAddressSpace);
            self.keep_if(made, ContainerId::ROOT, block)
        });
        match made {
            Ok(()) => self.address_spaces.add(pool),
            Err(_) => self.slots.free(untyped, 2),
        }
        made
    }

    /// Forgets a process whose block is revoked: its capabilities are gone already.
    pub(super) fn end_process(&mut self, id: HolderId) {
        let Some(process) = self.processes.get(id.0) else {
            return;
        };
        while let Some(badge) = self.held_by(id, process.container) {
            self.end_grant(badge);
        }
        self.processes.remove(id.0);
        if let Some(pool) = process.pool {
            self.address_spaces.release(pool);
            self.tree.count_processes(process.container, -1);
        }
        if process.client {
            self.look_for_stranded();
        }
        if let Some(block) = process.cnode_block {
            // It cannot fail: the slot is the root task's own. The CNode need not be gone: in a container that ends or is
            // dissolved its memory stays, and whoever gave it back himself may have got it for another process.
            let _ = own(process.slots).delete();
            if self.process_of(block).is_none() {
                let _ = self.take_back(process.container, block);
            }
        }
        self.tree.return_slots(process.slots);
    }

    /// The process that a block is.
    pub(super) fn process_of(&self, block: BlockHandle) -> Option<HolderId> {
        let number = self.tree.tag(block) as u16;
        (number != 0).then_some(HolderId(number))
    }

    /// The process of a block in a container or below it.
    pub fn process_within(&self, top: ContainerId, block: Block) -> Result<HolderId> {
        let block = BlockHandle::from_number(block.0);
        self.tree
            .owner(block)
            .filter(|owner| self.tree.is_within(*owner, top))
            .and_then(|_| self.process_of(block))
            .ok_or(ContainerError::NoSuchProcess)
    }
}

/// log2 of the bytes of a CNode that does not fit beside the rest of a process.
fn own_cnode_bits(radix: u8) -> Option<u8> {
    let bits = cnode_of(radix).physical_size_bits();
    (FIXED + (1 << bits) > 1 << BLOCK_BITS).then_some(bits as u8)
}

fn cnode_of(radix: u8) -> ObjectBlueprint {
    let size_bits = radix.into();
    ObjectBlueprint::CNode { size_bits }
}

/// Keeps a capability for a process' thread, which is in slot `tcb`.
fn keep_thread(process: &Process, destination: u64, tcb: u64) -> Result {
    own(thread(process.slots))
        .copy(&slot_of(destination, tcb), CapRights::all())
        .map_err(kernel_error)
}
