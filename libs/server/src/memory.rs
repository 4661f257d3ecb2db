// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory of the process' own: slots of its CNode, objects out of its primary container, mappings in its address
//! space. Nothing in here uses the heap, because the heap grows through it.

mod error;
mod layout;

pub use error::MemoryError;
pub use layout::{
    DEVICES, FILES, HEAP, SCRATCH, SHARED, SLOT_BOOKS, WATCHDOG_BUFFER, WATCHDOG_STACK, WINDOWS,
};

use crate::single::Single;
use crate::{PAGE, SlotAllocator};
use croft_container::{Block, Container, Object};
use croft_process::handover::slot;
use sel4::{
    AbsoluteCPtr, CapRights, ObjectBlueprint, TranslationTableObjectType, VmAttributes, cap,
    vspace_levels,
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

/// A page.
const FRAME: Object = Object::Frame {
    bits: PAGE.trailing_zeros() as u8,
};

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

    /// Objects as a block of their own, in consecutive slots; the block and the first slot.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn block(&mut self, object: Object, count: u16) -> Result<(Block, u64), MemoryError> {
        let first = self.slots.allocate_row(count.into())?;
        match self.container.allocate_objects(object, count, first) {
            Ok(block) => Ok((block, first)),
            Err(error) => {
                self.slots.free(first, count.into());
                Err(MemoryError::Reserve {
                    object,
                    count,
                    error,
                })
            }
        }
    }

    /// Frames of a page each, as [`Memory::block`]. The block is as large as the next power of two.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn frames(&mut self, count: u16) -> Result<(Block, u64), MemoryError> {
        self.block(FRAME, count)
    }

    /// Gives a block back: its objects and all copies of their capabilities vanish, and its `count` slots from `first` on are
    /// free again.
    pub fn give_back(&mut self, block: Block, first: u64, count: u16) {
        // It is refused if the block is not there, or if another thread has the container server do something that takes
        // long: then its slots are not known to be empty, and both stay until the process ends.
        if self.container.deallocate(block).is_ok() {
            self.slots.free(first, count.into());
        }
    }

    /// A small object that stays for good; its slot. Such objects share untypeds.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn object(&mut self, blueprint: &ObjectBlueprint) -> Result<u64, MemoryError> {
        let bits = blueprint.physical_size_bits();
        let size = 1 << bits;
        if self.arena.used.next_multiple_of(size) + size > self.arena.size {
            let bits = self.arena_bits.max(bits as u8);
            let (_, slot) = self.block(Object::Untyped { bits }, 1)?;
            self.arena = Arena {
                slot,
                used: 0,
                size: 1 << bits,
            };
        }
        let slot = self.slots.allocate()?;
        let made = cap::Untyped::from_bits(self.arena.slot).untyped_retype(
            blueprint,
            &CNODE.absolute_cptr_for_self(),
            slot as usize,
            1,
        );
        match made {
            Ok(()) => {
                self.arena.used = self.arena.used.next_multiple_of(size) + size;
                Ok(slot)
            }
            Err(error) => {
                self.slots.free(slot, 1);
                Err(MemoryError::Kernel {
                    operation: "Untyped_Retype",
                    error,
                })
            }
        }
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
        let table = self.object(&kind.blueprint())?;
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
            // Powers of two leave nothing of a block unused.
            let batch = 1 << (pages - done).ilog2().min(LARGEST_BATCH.ilog2());
            let first = match self.frames(batch) {
                Ok((_, first)) => first,
                Err(error) => return (done, Err(error)),
            };
            for frame in first..first + u64::from(batch) {
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
const LARGEST_BATCH: u16 = 64;

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
