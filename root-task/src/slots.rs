// SPDX-License-Identifier: MIT OR Apache-2.0
//! The root task's own CNode, and the kernel operations on it.
use croft_container_tree::{Kernel, Slot};
use sel4::init_thread::slot;
use sel4::{AbsoluteCPtr, CPtr, ObjectBlueprint, cap};

/// A slot of the root task's CNode.
pub fn own(slot: u64) -> AbsoluteCPtr {
    slot::CNODE.cap().absolute_cptr(CPtr::from_bits(slot))
}

/// The root task's CNode as a destination of retypes.
pub fn own_cnode() -> AbsoluteCPtr {
    slot::CNODE.cap().absolute_cptr_for_self()
}

/// Carries out what the container tree asks of the kernel.
pub struct RootKernel;

impl Kernel for RootKernel {
    type Error = sel4::Error;

    fn split(
        &mut self,
        parent: Slot,
        size_bits: u8,
        first: Slot,
        count: u8,
    ) -> Result<(), sel4::Error> {
        let blueprint = ObjectBlueprint::Untyped {
            size_bits: size_bits.into(),
        };
        cap::Untyped::from_bits(parent.into()).untyped_retype(
            &blueprint,
            &own_cnode(),
            first as usize,
            count.into(),
        )
    }

    fn revoke(&mut self, slot: Slot) -> Result<(), sel4::Error> {
        own(slot.into()).revoke()
    }
}
