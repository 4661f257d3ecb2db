// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory of the process' own: slots of its CNode, objects out of its primary container, mappings in its address
//! space. Nothing in here uses the heap, because the heap grows through it.

mod error;
mod layout;

pub use error::MemoryError;
pub use layout::{DEVICES, FILES, HEAP, SLOT_BOOKS, WINDOWS};

use crate::single::Single;
use crate::{PAGE, SlotAllocator};
use croft_container::Container;
use croft_process::handover::slot;
use sel4::{
    AbsoluteCPtr, CapRights, FrameObjectType, ObjectBlueprint, TranslationTableObjectType,
    VmAttributes, cap, vspace_levels,
};

/// How a page is mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Read.
    Read,
    /// Read and write.
    Write,
    /// Read and execute.
    Execute,
    /// Read and write, uncached: device registers.
    Device,
}

/// log2 of the size of the untypeds that a server's small objects come out of.
const ARENA_BITS: u8 = 16;

/// The most objects that the kernel makes in one call.
const FAN_OUT: u64 = 256;

/// An untyped that is used up from the front.
struct Arena {
    slot: u64,
    used: u64,
    size: u64,
}

/// The process' own memory.
pub struct Memory {
    /// Free slots of the process' CNode.
    pub slots: SlotAllocator<'static>,
    container: Container,
    arena: Arena,
    arena_bits: u8,
}

static MEMORY: Single<Memory> = Single::new();

/// Calls `f` with the process' memory.
///
/// # Panics
/// Before the start has set it up, and within another such call.
pub fn with<R>(f: impl FnOnce(&mut Memory) -> R) -> R {
    try_with(f).expect("memory::with inside memory::with, or before the start")
}

/// The same; `None` instead of a panic.
pub(crate) fn try_with<R>(f: impl FnOnce(&mut Memory) -> R) -> Option<R> {
    MEMORY.get().map(|mut memory| f(&mut memory))
}

/// Sets the process' memory up: slots `first` … `end - 1` are free. Called once, at the start.
pub fn initialise(first: u64, end: u64) {
    MEMORY.set(Memory::new(first, end, ARENA_BITS));
}

impl Memory {
    /// Slots `first` … `end - 1` of the CNode are free. Slots that come back are lost, see
    /// [`SlotAllocator::remember_in`]. Small objects come out of untypeds of 2^`arena_bits` bytes.
    pub fn new(first: u64, end: u64, arena_bits: u8) -> Self {
        Self {
            slots: SlotAllocator::new(first, end, &mut []),
            container: croft_container::primary(),
            arena: Arena {
                slot: 0,
                used: 0,
                size: 0,
            },
            arena_bits,
        }
    }

    /// The primary container.
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// A slot of the process' CNode, for operations on capabilities.
    pub fn absolute(slot: u64) -> AbsoluteCPtr {
        CNODE.absolute_cptr(sel4::CPtr::from_bits(slot))
    }

    /// An untyped of 2^`bits` bytes; its slot.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn untyped(&mut self, bits: u8) -> Result<u64, MemoryError> {
        let slot = self.slots.allocate()?;
        match self.container.allocate(bits, slot) {
            Ok(()) => Ok(slot),
            Err(error) => {
                self.slots.free(slot, 1);
                Err(MemoryError::Reserve { bits, error })
            }
        }
    }

    /// Gives an untyped back with everything that was made of it; the slots of those objects are the caller's to free.
    pub fn give_back(&mut self, untyped: u64) {
        // The container server revokes too: an error here only means that it has more to do.
        let _ = Self::absolute(untyped).revoke();
        if self.container.deallocate(untyped).is_ok() {
            self.slots.free(untyped, 1);
        }
    }

    /// Makes objects of an untyped, in consecutive slots from `first` on.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn retype(
        &self,
        untyped: u64,
        blueprint: &ObjectBlueprint,
        first: u64,
        count: u64,
    ) -> Result<(), MemoryError> {
        let mut done = 0;
        while done < count {
            let batch = (count - done).min(FAN_OUT);
            cap::Untyped::from_bits(untyped)
                .untyped_retype(
                    blueprint,
                    &CNODE.absolute_cptr_for_self(),
                    (first + done) as usize,
                    batch as usize,
                )
                .map_err(MemoryError::kernel("Untyped_Retype"))?;
            done += batch;
        }
        Ok(())
    }

    /// Objects that stay for good, in consecutive slots; the first one. Small ones are kept together in larger untypeds.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn objects(&mut self, blueprint: &ObjectBlueprint, count: u64) -> Result<u64, MemoryError> {
        let object = 1 << blueprint.physical_size_bits();
        if self.arena.used.next_multiple_of(object) + object * count > self.arena.size {
            let needed = (object * count).next_power_of_two().trailing_zeros() as u8;
            let mut bits = needed.max(self.arena_bits);
            let mut slot = self.untyped(bits);
            if slot.is_err() && bits > needed {
                bits = needed;
                slot = self.untyped(bits);
            }
            self.arena = Arena {
                slot: slot?,
                used: 0,
                size: 1 << bits,
            };
        }
        let first = self.slots.allocate_row(count)?;
        if let Err(error) = self.retype(self.arena.slot, blueprint, first, count) {
            self.slots.free(first, count);
            return Err(error);
        }
        self.arena.used = self.arena.used.next_multiple_of(object) + object * count;
        Ok(first)
    }

    /// Maps the frame in `frame` at `address`; makes the page tables that are missing.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn map(&mut self, frame: u64, address: u64, access: Access) -> Result<(), MemoryError> {
        let frame = cap::UnspecifiedPage::from_bits(frame);
        let (rights, attributes) = rights(access);
        loop {
            match frame.frame_map(VSPACE, address as usize, rights, attributes) {
                Ok(()) => return Ok(()),
                Err(sel4::Error::FailedLookup) => self.add_table(address)?,
                Err(error) => return Err(MemoryError::Mapping { address, error }),
            }
        }
    }

    /// Puts in the table that the last mapping at `address` missed.
    fn add_table(&mut self, address: u64) -> Result<(), MemoryError> {
        let failed = sel4::with_ipc_buffer(sel4::IpcBuffer::mapping_failed_lookup_level);
        let mapping = |error| MemoryError::Mapping { address, error };
        let level =
            vspace_levels::missing_level(failed).ok_or(mapping(sel4::Error::FailedLookup))?;
        let kind = TranslationTableObjectType::ALL[level];
        let table = self.objects(&kind.blueprint(), 1)?;
        cap::UnspecifiedIntermediateTranslationTable::from_bits(table)
            .generic_intermediate_translation_table_map(
                kind,
                VSPACE,
                address as usize,
                VmAttributes::DEFAULT,
            )
            .map_err(mapping)
    }

    /// Fresh zeroed pages for good, mapped from `address` on. Also gives how many were mapped: all of them, unless there is
    /// an error.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn map_fresh(
        &mut self,
        address: u64,
        pages: u64,
        access: Access,
    ) -> (u64, Result<(), MemoryError>) {
        let mut done = 0;
        while done < pages {
            // Powers of two leave nothing of an untyped unused.
            let batch = 1 << (pages - done).ilog2().min(LARGEST_BATCH.ilog2());
            let first = match self.objects(&FrameObjectType::GRANULE.blueprint(), batch) {
                Ok(first) => first,
                Err(error) => return (done, Err(error)),
            };
            for frame in first..first + batch {
                if let Err(error) = self.map(frame, address + done * PAGE as u64, access) {
                    return (done, Err(error));
                }
                done += 1;
            }
        }
        (done, Ok(()))
    }
}

/// Pages that are made at a time, at most.
const LARGEST_BATCH: u64 = 64;

const CNODE: cap::CNode = cap::CNode::from_bits(slot::CNODE);
const VSPACE: cap::VSpace = cap::VSpace::from_bits(slot::VSPACE);

fn rights(access: Access) -> (CapRights, VmAttributes) {
    match access {
        Access::Read => (CapRights::READ_ONLY, VmAttributes::DEFAULT.execute_never()),
        Access::Write => (CapRights::READ_WRITE, VmAttributes::DEFAULT.execute_never()),
        Access::Execute => (CapRights::READ_ONLY, VmAttributes::DEFAULT),
        Access::Device => (CapRights::READ_WRITE, VmAttributes::DEVICE),
    }
}
