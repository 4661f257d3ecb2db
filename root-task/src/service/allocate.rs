// SPDX-License-Identifier: MIT OR Apache-2.0
//! Objects in the caller's slots.
use croft_container::{Block, ContainerError, Object};
use croft_container_tree::{BlockHandle, ContainerId, Grant, Rights};
use sel4::{ObjectBlueprint, cap};

use super::{Service, bad_slots};
use crate::objects;

impl Service {
    /// Allocates objects for the holder of `grant`.
    pub fn allocate(
        &mut self,
        grant: &Grant,
        object: Object,
        count: u16,
        first_slot: u64,
    ) -> Result<Block, ContainerError> {
        self.require(grant, Rights::Allocate)?;
        let cnode = self.cnode(grant.holder)?;
        let (blueprint, bits) = objects::blueprint(object, count)?;
        if object == Object::Tcb {
            return self.make_thread(grant, first_slot);
        }
        let block = self.block(grant.container, bits)?;
        let made = self
            .untyped(grant.container, block)
            .and_then(|untyped| retype(untyped, &blueprint, cnode, first_slot, count.into()));
        match made {
            Ok(()) => Ok(Block(block.number())),
            Err(error) => {
                self.free(grant.container, block);
                Err(error)
            }
        }
    }

    /// Takes a block back, and the process with it that is made of it.
    pub fn deallocate(&mut self, grant: &Grant, block: Block) -> Result<(), ContainerError> {
        self.require(grant, Rights::Allocate)?;
        let block = BlockHandle::from_number(block.0);
        let container = grant.container;
        let process = self.process_of(block);
        self.tree.deallocate(container, block)?;
        if let Some(process) = process {
            self.end_process(process);
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

    /// Gives a block back that was just allocated.
    pub(super) fn free(&mut self, container: ContainerId, block: BlockHandle) {
        // It can only fail if the kernel refuses to revoke; the block stays charged then, and ends with its container.
        let _ = self.tree.deallocate(container, block);
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
    untyped
        .untyped_retype(blueprint, &cnode, first_slot as usize, count as usize)
        .map_err(|error| bad_slots(error, first_slot, count))
}
