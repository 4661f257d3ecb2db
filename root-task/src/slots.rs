// SPDX-License-Identifier: MIT OR Apache-2.0
//! The root task's own CNode, and the kernel operations on it.
use croft_container_tree::{Kernel, Result, Slot};
use sel4::init_thread::slot;
use sel4::{AbsoluteCPtr, CPtr, ObjectBlueprint, cap};

use crate::error::kernel_error;

/// A slot of the root task's CNode.
pub fn own(slot: impl Into<u64>) -> AbsoluteCPtr {
    let slot = CPtr::from_bits(slot.into());
    slot::CNODE.cap().absolute_cptr(slot)
}

/// The root task's CNode as a destination of retypes.
pub fn own_cnode() -> AbsoluteCPtr {
    slot::CNODE.cap().absolute_cptr_for_self()
}

/// Makes objects of an untyped of the root task's. A worker may have been interrupted between making and deleting the object by
/// which it has an untyped cleared that is free: then that goes first.
pub fn retype(
    untyped: Slot,
    blueprint: &ObjectBlueprint,
    cnode: &AbsoluteCPtr,
    first_slot: u64,
    count: u64,
) -> sel4::Result<()> {
    let (first_slot, count) = (first_slot as usize, count as usize);
    let capability = cap::Untyped::from_bits(untyped.into());
    let retype = || capability.untyped_retype(blueprint, cnode, first_slot, count);
    match retype() {
        Err(sel4::Error::NotEnoughMemory) => own(untyped).revoke().and_then(|()| retype()),
        made => made,
    }
}

/// The container tree of this kernel.
pub type Tree = croft_container_tree::Tree<RootKernel>;

/// Carries out what the container tree asks of the kernel.
pub struct RootKernel;

impl Kernel for RootKernel {
    fn split(&mut self, parent: Slot, size_bits: u8, first: Slot, count: u8) -> Result<()> {
        let blueprint = ObjectBlueprint::Untyped {
            size_bits: size_bits.into(),
        };
        let made = retype(parent, &blueprint, &own_cnode(), first.into(), count.into());
        made.map_err(kernel_error)
    }

    fn revoke(&mut self, slot: Slot) -> Result<()> {
        own(slot).revoke().map_err(kernel_error)
    }
}
