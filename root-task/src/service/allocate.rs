// SPDX-License-Identifier: MIT OR Apache-2.0
//! Objects in the caller's slots.
use croft_container::{Block, Object};
use croft_container_tree::{BlockHandle, ContainerId, Grant, HolderId, Result, Slot};
use croft_ipc::Deferrable;
use croft_server::counter;
use sel4::{ObjectBlueprint, cap};

use super::jobs::{Part, Task};
use super::{Service, bad_slots};
use crate::error::kernel_error;
use crate::objects;
use crate::slots::{self, own};

/// How long a block is young, as a share of a millisecond.
const YOUNG: u64 = 100;

/// The most frames of a young block that are taken back at once.
const FEW: u16 = 64;

impl Service {
    /// Allocates objects from a container into slots of a holder's.
    pub fn allocate(
        &mut self,
        container: ContainerId,
        holder: HolderId,
        object: Object,
        count: u16,
        first_slot: u64,
    ) -> Result<Block> {
        if object == Object::Tcb && count == 1 {
            return self.make_thread(container, holder, first_slot);
        }
        let (blueprint, bits) = objects::blueprint(object, count)?;
        let block = self.tree.allocate(container, bits)?;
        let made = self.tree.block_slot(container, block).and_then(|slot| {
            let cnode = self.cnode(holder)?;
            retype(slot, &blueprint, cnode, first_slot, count.into())
        });
        self.keep_if(made, container, block)?;
        if matches!(object, Object::Frame { .. }) && count <= FEW {
            self.recent.write((block, counter()));
        }
        Ok(Block(block.number()))
    }

    /// Takes a block back for the holder of `grant`, who is answered when that is done: what was made of it can have as many
    /// copies as somebody has slots.
    pub fn deallocate(&mut self, grant: &Grant, by: u64, block: Block) -> Result<Deferrable<()>> {
        let (container, block) = (grant.container, BlockHandle::from_number(block.0));
        if grant.holder == self.me || self.is_young(block) {
            return self.take_back(container, block).map(Deferrable::Now);
        }
        self.tree.block_slot(container, block)?;
        self.later(grant, by, Task::Deallocate(block, Some(block)))
    }

    /// Whether a block was given to somebody so short a time ago that not many copies can have been made: making one takes
    /// longer than deleting it.
    fn is_young(&self, block: BlockHandle) -> bool {
        let (now, young) = (counter(), self.ticks / YOUNG);
        (self.recent.iter()).any(|(each, since)| *each == block && now - since < young)
    }

    /// The next part of taking a block back: revoking it, then the CNode of the process that it is, then what was granted to
    /// that one. `None`: it is released.
    pub(super) fn deallocate_part(
        &mut self,
        place: usize,
        block: BlockHandle,
        next: Option<BlockHandle>,
    ) -> Option<Part> {
        let top = self.jobs.queue[place].top;
        let id = self.process_of(block);
        let mut part = Part::nothing(top);
        part.block = next.and_then(|next| self.tree.block_slot(top, next).ok());
        if part.block.is_some() {
            let process = id.and_then(|id| self.processes.get(id.0));
            let cnode = process.and_then(|process| process.cnode_block);
            let next = cnode.filter(|_| next == Some(block));
            self.jobs.queue[place].task = Task::Deallocate(block, next);
            return Some(part);
        }
        part.grant = id.and_then(|id| self.held_by(id, top));
        if part.grant.is_none() {
            let released = self.release(top, block);
            self.complete(place, released);
        }
        part.grant.map(|_| part)
    }

    /// Takes a block back at once.
    pub(super) fn take_back(&mut self, container: ContainerId, block: BlockHandle) -> Result {
        let slot = self.tree.block_slot(container, block)?;
        own(slot).revoke().map_err(kernel_error)?;
        self.release(container, block)
    }

    /// Takes a block back that is revoked, and the process with it that was made of it.
    pub(super) fn release(&mut self, container: ContainerId, block: BlockHandle) -> Result {
        let process = self.process_of(block);
        self.tree.release(container, block)?;
        if let Some(process) = process {
            self.end_process(process);
        }
        if self.tree.stale(block).is_some() {
            // If there is no room, it is cleared when it is used.
            let _ = self.jobs.stale.push(block);
            self.clean();
        }
        Ok(())
    }

    /// Gives a block back, and the process with it that is made of it, if what was to be done with it failed.
    pub(super) fn keep_if(
        &mut self,
        done: Result,
        container: ContainerId,
        block: BlockHandle,
    ) -> Result {
        if done.is_err() {
            // It can only fail if the kernel refuses to revoke; the block stays charged then, and ends with its container.
            let _ = self.take_back(container, block);
        }
        done
    }
}

/// Makes objects in slots of the CNode whose capability is in slot `cnode`.
pub(super) fn retype(
    untyped: Slot,
    blueprint: &ObjectBlueprint,
    cnode: u64,
    first_slot: u64,
    count: u64,
) -> Result {
    let cnode = cap::CNode::from_bits(cnode).absolute_cptr_for_self();
    slots::retype(untyped, blueprint, &cnode, first_slot, count)
        .map_err(|error| bad_slots(error, first_slot, count))
}
