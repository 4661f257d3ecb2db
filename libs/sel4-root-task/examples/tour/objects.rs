// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes objects out of a few MiB of the boot memory.

use core::ops::Range;

use sel4::init_thread::{Slot, slot};
use sel4::{
    AbsoluteCPtr, BootInfoPtr, Cap, CapType, CapTypeForObjectOfFixedSize, ObjectBlueprint, Result,
    cap,
};

/// Free slots and free memory.
pub struct Objects {
    slots: Range<usize>,
    untyped: cap::Untyped,
    /// The memory of devices: the address of what is not used yet, and the end.
    #[cfg(target_arch = "aarch64")]
    devices: alloc::vec::Vec<(cap::Untyped, usize, usize)>,
}

impl Objects {
    /// Takes the smallest untyped of at least 8 MiB: the kernel clears all of it at its first use.
    pub fn new(bootinfo: &BootInfoPtr) -> Self {
        let list = bootinfo.untyped_list();
        let position = bootinfo
            .kernel_untyped_range()
            .filter(|position| list[*position].size_bits() >= 23)
            .min_by_key(|position| list[*position].size_bits())
            .expect("no untyped memory of 8 MiB");
        Self {
            slots: bootinfo.empty().range(),
            untyped: bootinfo.untyped().index(position).cap(),
            #[cfg(target_arch = "aarch64")]
            devices: bootinfo
                .device_untyped_range()
                .map(|position| {
                    let untyped = &list[position];
                    let cap = bootinfo.untyped().index(position).cap();
                    (
                        cap,
                        untyped.paddr(),
                        untyped.paddr() + (1 << untyped.size_bits()),
                    )
                })
                .collect(),
        }
    }

    /// An empty slot.
    pub fn slot(&mut self) -> Slot {
        Slot::from_index(self.slots.next().expect("no empty slot is left"))
    }

    /// Makes an object of this blueprint.
    pub fn make_from(&mut self, blueprint: &ObjectBlueprint) -> Result<Slot> {
        let slot = self.slot();
        self.untyped.untyped_retype(
            blueprint,
            &slot::CNODE.cap().absolute_cptr_for_self(),
            slot.index(),
            1,
        )?;
        Ok(slot)
    }

    /// Makes an object of a type.
    pub fn make<T: CapTypeForObjectOfFixedSize>(&mut self) -> Result<Cap<T>> {
        Ok(self.make_slot::<T>()?.cap())
    }

    /// Makes an object of a type; its slot.
    pub fn make_slot<T: CapTypeForObjectOfFixedSize>(&mut self) -> Result<Slot<T>> {
        Ok(self.make_from(&T::object_blueprint())?.cast())
    }

    /// A copy of a capability.
    pub fn copy<T: CapType>(&mut self, source: Cap<T>) -> Result<Slot<T>> {
        let slot = self.slot();
        place(slot).copy(
            &slot::CNODE.cap().absolute_cptr(source),
            sel4::CapRights::all(),
        )?;
        Ok(slot.cast())
    }

    /// A copy of an endpoint's or notification's capability with a badge.
    pub fn badged<T: CapType>(&mut self, source: Cap<T>, badge: sel4::Badge) -> Result<Cap<T>> {
        let slot = self.slot();
        place(slot).mint(
            &slot::CNODE.cap().absolute_cptr(source),
            sel4::CapRights::all(),
            badge,
        )?;
        Ok(slot.cast().cap())
    }

    /// The frame of device memory at a physical address. Frames are made one after the other, so
    /// addresses have to come in ascending order.
    #[cfg(target_arch = "aarch64")]
    pub fn device_frame(&mut self, paddr: usize) -> Result<cap::Granule> {
        let frame = sel4::FrameObjectType::GRANULE;
        let here = slot::CNODE.cap().absolute_cptr_for_self();
        loop {
            let slot = self.slot();
            let (untyped, next, _) = self
                .devices
                .iter_mut()
                .find(|(_, next, end)| (*next..*end).contains(&paddr))
                .expect("no such device");
            untyped.untyped_retype(&frame.blueprint(), &here, slot.index(), 1)?;
            let made = *next;
            *next += frame.bytes();
            if made == paddr {
                return Ok(slot.cast().cap());
            }
        }
    }
}

/// Where a slot is, as capability operations name it.
pub fn place<T: CapType>(slot: Slot<T>) -> AbsoluteCPtr {
    slot::CNODE.cap().absolute_cptr(slot.cptr())
}
