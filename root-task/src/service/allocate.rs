// SPDX-License-Identifier: MIT OR Apache-2.0
//! Objects in the caller's slots.
use croft_container::{Block, ContainerError, Object};
use croft_container_tree::{BlockHandle, ContainerId, Grant, HolderId};
use croft_ipc::Deferrable;
use sel4::{ObjectBlueprint, cap};

use super::jobs::Task;
use super::{Service, bad_slots};
use crate::{objects, slots};

/// log2 of the bytes of the smallest block that the worker clears, so that others are served meanwhile.
const LARGE_BITS: u8 = 18;

/// Objects that are to be made, in memory that is allocated already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) container: ContainerId,
    pub(super) block: BlockHandle,
    pub(super) holder: HolderId,
    pub(super) object: Object,
    pub(super) count: u16,
    pub(super) first_slot: u64,
}

impl Service {
    /// Allocates objects for the holder of `grant`. If their memory has to be cleared and that takes long, they are
    /// made afterwards.
    pub fn allocate(
        &mut self,
        grant: &Grant,
        badge: u64,
        object: Object,
        count: u16,
        first_slot: u64,
    ) -> Result<Deferrable<Block>, ContainerError> {
        let (container, holder) = (grant.container, grant.holder);
        if object == Object::Tcb && count == 1 {
            let thread = self.make_thread(container, holder, first_slot);
            return thread.map(Deferrable::Now);
        }
        let (_, bits) = objects::blueprint(object, count)?;
        let wanted = Wanted {
            container,
            block: self.block(container, bits)?,
            holder,
            object,
            count,
            first_slot,
        };
        let clears = bits >= LARGE_BITS && !self.tree.is_clear(wanted.block);
        if clears && holder != self.me && self.reserve_job(Some(badge)).is_ok() {
            let saved = self.save_caller(grant);
            self.keep_if(saved, container, wanted.block)?;
            self.begin(container, Task::Allocate(wanted), Some(badge));
            return Ok(Deferrable::Later);
        }
        self.make(&wanted).map(Deferrable::Now)
    }

    /// Makes what is wanted, or gives its memory back.
    pub(super) fn make(&mut self, wanted: &Wanted) -> Result<Block, ContainerError> {
        let (container, block) = (wanted.container, wanted.block);
        let made = self.untyped(container, block).and_then(|untyped| {
            let cnode = self.cnode(wanted.holder)?;
            let (blueprint, _) = objects::blueprint(wanted.object, wanted.count)?;
            let count = wanted.count.into();
            retype(untyped, &blueprint, cnode, wanted.first_slot, count)
        });
        self.keep_if(made, container, block)?;
        Ok(Block(block.number()))
    }

    /// Takes a block back, and the process with it that is made of it.
    pub fn deallocate(
        &mut self,
        container: ContainerId,
        block: Block,
    ) -> Result<(), ContainerError> {
        let block = BlockHandle::from_number(block.0);
        let process = self.process_of(block);
        self.tree.deallocate(container, block)?;
        if let Some(process) = process {
            self.end_process(process);
        }
        let stale = self.tree.stale(block);
        if stale.is_some_and(|(_, bits)| bits >= LARGE_BITS) {
            self.tidy(block);
        }
        Ok(())
    }

    /// A block of memory.
    pub(super) fn block(
        &mut self,
        container: ContainerId,
        bits: u8,
    ) -> Result<BlockHandle, ContainerError> {
        self.tree.allocate(container, bits)
    }

    /// Gives a block back, and the process with it that is made of it, if what was to be done with it failed.
    pub(super) fn keep_if(
        &mut self,
        done: Result<(), ContainerError>,
        container: ContainerId,
        block: BlockHandle,
    ) -> Result<(), ContainerError> {
        if done.is_err() {
            // It can only fail if the kernel refuses to revoke; the block stays charged then, and ends with its container.
            let _ = self.deallocate(container, Block(block.number()));
        }
        done
    }

    /// The untyped of a block.
    pub(super) fn untyped(
        &self,
        container: ContainerId,
        block: BlockHandle,
    ) -> Result<cap::Untyped, ContainerError> {
        let slot = self.tree.block_slot(container, block)?;
        Ok(cap::Untyped::from_bits(slot.into()))
    }
}

/// Makes objects in slots of the CNode whose capability is in slot `cnode`.
pub(super) fn retype(
    untyped: cap::Untyped,
    blueprint: &ObjectBlueprint,
    cnode: u64,
    first_slot: u64,
    count: u64,
) -> Result<(), ContainerError> {
    let cnode = cap::CNode::from_bits(cnode).absolute_cptr_for_self();
    slots::retype(untyped, blueprint, &cnode, first_slot, count)
        .map_err(|error| bad_slots(error, first_slot, count))
}
