// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mappings: one copy of a frame's capability each, in a slot of the world's.
use super::process::{Arena, MachineError, SeL4Process, kernel, report};
use super::reserves::Reserves;
use croft_process::handover::slot;
use croft_server::left;
use croft_server::memory::{self, Memory};
use sel4::{CapRights, TranslationTableObjectType, VmAttributes, cap, vspace_levels};
use unix_kernel::{Access, Mapping};

/// log2 of the bytes of each further piece of memory for page tables.
const MORE_TABLES_BITS: u8 = 14;

fn rights(access: Access) -> (CapRights, VmAttributes) {
    let rights = if access.write {
        CapRights::read_write()
    } else {
        CapRights::read_only()
    };
    let attributes = match access.execute {
        true => VmAttributes::DEFAULT,
        false => VmAttributes::DEFAULT.execute_never(),
    };
    (rights, attributes)
}

impl SeL4Process {
    /// Maps a frame; page tables that are missing are paid by the process.
    pub fn map(
        &mut self,
        frame: u64,
        address: usize,
        access: Access,
        reserves: &Reserves,
    ) -> Result<Mapping, MachineError> {
        let slot = memory::with(|memory| {
            if memory.slots.available() <= reserves.pages.slots {
                return Err(MachineError::Spent);
            }
            Ok(memory.slots.allocate()?)
        })?;
        let copy = Memory::absolute(slot);
        let result = copy
            .copy(&Memory::absolute(frame), CapRights::all())
            .map_err(kernel("CNode_Copy"))
            .and_then(|()| self.map_copy(slot, address, access, reserves));
        match result {
            Ok(()) => Ok(Mapping(slot as u32)),
            Err(error) => {
                report("CNode_Delete", copy.delete());
                memory::with(|memory| memory.slots.free(slot, 1));
                Err(error)
            }
        }
    }

    fn map_copy(
        &mut self,
        slot: u64,
        address: usize,
        access: Access,
        reserves: &Reserves,
    ) -> Result<(), MachineError> {
        let page = cap::Granule::from_bits(slot);
        let vspace = cap::VSpace::from_bits(self.slots.vspace);
        let (rights, attributes) = rights(access);
        loop {
            match page.frame_map(vspace, address, rights, attributes) {
                Ok(()) => return Ok(()),
                Err(sel4::Error::FailedLookup) => self.add_table(address, reserves)?,
                Err(error) => return Err(MachineError::Kernel("Page_Map", error)),
            }
        }
    }

    /// Puts in the table that the last mapping missed.
    fn add_table(&mut self, address: usize, reserves: &Reserves) -> Result<(), MachineError> {
        let failed = sel4::with_ipc_buffer(sel4::IpcBuffer::mapping_failed_lookup_level);
        let missing = MachineError::Kernel("Page_Map", sel4::Error::FailedLookup);
        let level = vspace_levels::missing_level(failed).ok_or(missing)?;
        let kind = TranslationTableObjectType::ALL[level];
        let blueprint = kind.blueprint();
        let size = 1 << blueprint.physical_size_bits();
        if self.arena.used + size > self.arena.size {
            self.grow(reserves)?;
        }
        let slot = memory::with(|memory| memory.slots.allocate())?;
        let vspace = cap::VSpace::from_bits(self.slots.vspace);
        let made = cap::Untyped::from_bits(self.arena.slot)
            .untyped_retype(
                &blueprint,
                &own_cnode().absolute_cptr_for_self(),
                slot as usize,
                1,
            )
            .map_err(kernel("Untyped_Retype"));
        if let Err(error) = made {
            memory::with(|memory| memory.slots.free(slot, 1));
            return Err(error);
        }
        self.arena.used += size;
        self.tables.push(slot);
        cap::UnspecifiedIntermediateTranslationTable::from_bits(slot)
            .generic_intermediate_translation_table_map(
                kind,
                vspace,
                address,
                VmAttributes::DEFAULT,
            )
            .map_err(kernel("PageTable_Map"))
    }

    /// More memory for page tables, out of the process's own container.
    fn grow(&mut self, reserves: &Reserves) -> Result<(), MachineError> {
        if !left().covers(reserves.pages) {
            return Err(MachineError::Spent);
        }
        let slot = memory::with(|memory| memory.slots.allocate())?;
        if let Err(error) = self.container.allocate(MORE_TABLES_BITS, slot) {
            memory::with(|memory| memory.slots.free(slot, 1));
            return Err(error.into());
        }
        self.untypeds.push(slot);
        self.arena = Arena {
            slot,
            used: 0,
            size: 1 << MORE_TABLES_BITS,
        };
        Ok(())
    }
}

fn own_cnode() -> cap::CNode {
    cap::CNode::from_bits(slot::CNODE)
}

/// Takes a mapping away, and its capability.
pub fn unmap(mapping: Mapping) {
    let slot = u64::from(mapping.0);
    // On x86_64, seL4 5.0.0 leaves a page mapped when its capability is deleted and others for the same
    // frame remain.
    #[cfg(target_arch = "x86_64")]
    report("Page_Unmap", cap::Granule::from_bits(slot).frame_unmap());
    report("CNode_Delete", Memory::absolute(slot).delete());
    memory::with(|memory| memory.slots.free(slot, 1));
}

/// Changes what a mapping allows; if that fails it is taken away.
pub fn protect(vspace: u64, mapping: Mapping, access: Access) -> Result<Mapping, MachineError> {
    let page = cap::Granule::from_bits(mapping.0.into());
    let (rights, attributes) = rights(access);
    match page.frame_remap(cap::VSpace::from_bits(vspace), rights, attributes) {
        Ok(()) => Ok(mapping),
        Err(error) => {
            unmap(mapping);
            Err(MachineError::Kernel("Page_Remap", error))
        }
    }
}
