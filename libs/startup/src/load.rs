// SPDX-License-Identifier: MIT OR Apache-2.0
//! Puts the program's pages in their places.

use croft_process::handover::{Blob, Environment, Failure};
use croft_server::memory::{self, Memory, MemoryError};
use croft_startup::{Access, MACHINE, PAGE, Page, Plan, Source};
use sel4::cap;

/// The failure and its detail, as the parent is told.
pub type Error = (Failure, u64);

/// Two pages for looking and writing, in the part of the start region that is free and has its page table.
const IMAGE_AT: u64 = memory::DEVICES.start;
const FRESH_AT: u64 = IMAGE_AT + PAGE;

/// Untypeds for page tables are small: what is left of the last one is lost to the program.
const ARENA_BITS: u8 = 14;

/// Fresh pages that are made at a time.
const BATCH: u64 = 64;

/// Loads the program; its entry point and the first slot that is still free.
pub fn load(environment: &Environment<'_>) -> Result<(u64, u64), Error> {
    let slots = environment.free_slots;
    let mut loader = Loader {
        memory: Memory::new(
            slots.first,
            slots.first.saturating_add(slots.count),
            ARENA_BITS,
        ),
        image: environment.image,
        fresh: 0..0,
        wanted: 0,
    };
    let plan = loader.plan()?;
    loader.wanted = plan.fresh_pages();
    // The pages that are copied come first: looking at a page of the image maps its frame, and a frame that already
    // has its final place cannot be mapped again.
    for page in plan.pages() {
        match page.source {
            Source::Image { .. } => {}
            Source::Copy {
                page: number,
                from,
                to,
            } => loader.copy(&page, number, from..to)?,
            Source::Zero => {
                let frame = loader.fresh_frame()?;
                loader.place(frame, &page)?;
            }
        }
    }
    for page in plan.pages() {
        if let Source::Image { page: number } = page.source {
            loader.place(loader.image.first_slot + number, &page)?;
        }
    }
    Ok((plan.entry, loader.memory.slots.first_unused()))
}

struct Loader {
    memory: Memory,
    image: Blob,
    /// Frames that were made and not used yet.
    fresh: core::ops::Range<u64>,
    /// Fresh frames that are still needed.
    wanted: u64,
}

impl Loader {
    fn plan(&mut self) -> Result<Plan, Error> {
        if self.image.length == 0 {
            return Err((Failure::NotExecutable, 0));
        }
        let frame = self.image.first_slot;
        self.map(frame, IMAGE_AT, memory::Access::Read)?;
        let length = self.image.length.min(PAGE) as usize;
        // SAFETY: just mapped read-only; it stays so until `unmap` below, after the last use.
        let first_page = unsafe { core::slice::from_raw_parts(pointer(IMAGE_AT), length) };
        let plan = Plan::new(first_page, self.image.length, MACHINE);
        self.unmap(frame, IMAGE_AT)?;
        plan
    }

    /// A fresh page with a part of an image page in it.
    fn copy(
        &mut self,
        page: &Page,
        number: u64,
        range: core::ops::Range<usize>,
    ) -> Result<(), Error> {
        let (source, frame) = (self.image.first_slot + number, self.fresh_frame()?);
        self.map(source, IMAGE_AT, memory::Access::Read)?;
        self.map(frame, FRESH_AT, memory::Access::Write)?;
        // SAFETY: both pages were just mapped, are different memory, and the range lies within a page (`Plan`).
        unsafe {
            let from = pointer(IMAGE_AT).add(range.start);
            let to = pointer(FRESH_AT).cast_mut().add(range.start);
            core::ptr::copy_nonoverlapping(from, to, range.len());
        }
        self.unmap(source, IMAGE_AT)?;
        self.unmap(frame, FRESH_AT)?;
        self.place(frame, page)?;
        #[cfg(target_arch = "aarch64")]
        if page.access == Access::Execute {
            cap::UnspecifiedPage::from_bits(frame)
                .frame_unify_instruction(0, PAGE as usize)
                .map_err(|_| (Failure::Mapping, page.address))?;
        }
        Ok(())
    }

    /// Maps a frame in its final place.
    fn place(&mut self, frame: u64, page: &Page) -> Result<(), Error> {
        let access = match page.access {
            Access::Read => memory::Access::Read,
            Access::Write => memory::Access::Write,
            Access::Execute => memory::Access::Execute,
        };
        self.map(frame, page.address, access)
    }

    fn fresh_frame(&mut self) -> Result<u64, Error> {
        if self.fresh.is_empty() {
            // Powers of two leave nothing of a block unused.
            let batch = 1 << self.wanted.clamp(1, BATCH).ilog2();
            let (_, first) = self.memory.frames(batch).map_err(|error| failure(&error))?;
            self.fresh = first..first + u64::from(batch);
            self.wanted = self.wanted.saturating_sub(batch.into());
        }
        self.fresh.next().ok_or((Failure::OutOfMemory, PAGE))
    }

    fn map(&mut self, frame: u64, address: u64, access: memory::Access) -> Result<(), Error> {
        self.memory
            .map(frame, address, access)
            .map_err(|error| failure(&error))
    }

    fn unmap(&self, frame: u64, address: u64) -> Result<(), Error> {
        cap::UnspecifiedPage::from_bits(frame)
            .frame_unmap()
            .map_err(|_| (Failure::Mapping, address))
    }
}

fn pointer(address: u64) -> *const u8 {
    core::ptr::with_exposed_provenance(address as usize)
}

/// What the parent is told for an error of memory.
fn failure(error: &MemoryError) -> Error {
    match *error {
        MemoryError::Reserve { count, .. } => (Failure::OutOfMemory, u64::from(count) * PAGE),
        MemoryError::Slots(error) => (Failure::OutOfSlots, error.asked),
        MemoryError::Mapping { address, .. } => (Failure::Mapping, address),
        MemoryError::Kernel { .. } | MemoryError::NoAddresses | MemoryError::Spared => {
            (Failure::OutOfMemory, 0)
        }
    }
}
