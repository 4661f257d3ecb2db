// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many frames, always mapped, in one window: what a server keeps pages in.

use crate::memory::{self, Access, Memory, MemoryError, WINDOWS};
use crate::pool::{Allocated, Books, CHUNK_FRAMES, Chunk};
use crate::{PAGE, Window, heap};
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use croft_container::Block;
use sel4::cap;

/// What one page table maps.
const TABLE: usize = PAGE * PAGE / size_of::<u64>();

/// Where the next pool's window begins.
static NEXT_WINDOW: AtomicU64 = AtomicU64::new(WINDOWS.start);

/// What is left of the reserve, or is to be left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spare {
    /// Bytes of the primary container.
    pub bytes: u64,
    /// Slots of the process' CNode.
    pub slots: u64,
}

impl Spare {
    /// Whether both are at least what `other` has.
    pub fn covers(self, other: Spare) -> bool {
        self.bytes >= other.bytes && self.slots >= other.slots
    }
}

/// Frames by index. Frame `i` is mapped read-write at [`FramePool::address`] as long as its chunk is part of the pool;
/// its capability ([`FramePool::slot`]) may be copied to map it elsewhere too. When a chunk goes back to the container, all
/// copies and mappings of its frames go with it.
#[derive(Debug)]
pub struct FramePool {
    books: Books,
    window: Window,
    spare: Spare,
    left: Spare,
}

impl FramePool {
    /// An empty pool with addresses for `most` frames. It leaves `spare` of the primary container and of the
    /// process' slots to others: when a chunk more would take from that, there are no more frames.
    ///
    /// # Errors
    /// [`MemoryError::NoAddresses`].
    pub fn new(most: u32, spare: Spare) -> Result<Self, MemoryError> {
        let pages = most
            .checked_next_multiple_of(CHUNK_FRAMES)
            .ok_or(MemoryError::NoAddresses)? as usize;
        // The next window begins with a page table of its own.
        let bytes = (pages * PAGE).next_multiple_of(TABLE) as u64;
        let start = NEXT_WINDOW.load(Relaxed);
        if bytes > WINDOWS.end - start {
            return Err(MemoryError::NoAddresses);
        }
        NEXT_WINDOW.store(start + bytes, Relaxed);
        // SAFETY: the range is given to this window alone; `bytes` and `bytes_mut` check that a page is mapped.
        let window = unsafe { Window::new(start, pages) }.ok_or(MemoryError::NoAddresses)?;
        memory::with(|memory| make_tables(memory, start..start + bytes))?;
        Ok(Self {
            books: Books::new(pages / CHUNK_FRAMES as usize),
            window,
            spare,
            left: left(),
        })
    }

    /// A frame that one holds, with whatever bytes it has; `zero` tells whether they are all 0.
    ///
    /// # Errors
    /// See [`MemoryError`].
    #[inline]
    pub fn allocate(&mut self) -> Result<Allocated, MemoryError> {
        match self.books.take() {
            Some(allocated) => Ok(allocated),
            None => {
                self.grow()?;
                self.books.take().ok_or(MemoryError::NoAddresses)
            }
        }
    }

    /// Makes sure that so many frames can be allocated.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn ensure(&mut self, frames: usize) -> Result<(), MemoryError> {
        while self.books.free() < frames {
            self.grow()?;
        }
        Ok(())
    }

    /// One more holds a frame.
    #[inline]
    pub fn share(&mut self, index: u32) {
        self.books.share(index);
    }

    /// How many hold a frame; 0 for one that is not in use.
    #[inline]
    pub fn references(&self, index: u32) -> u32 {
        self.books.references(index)
    }

    /// One holds a frame no more. When it was the last, nobody may have it mapped any more except this pool.
    #[inline]
    pub fn give_back(&mut self, index: u32) {
        self.books.give_back(index);
    }

    /// Gives chunks that are not in use back to the container, as long as `keep` frames remain free.
    pub fn trim(&mut self, keep: usize) {
        self.books
            .trim(keep, |chunk| memory::with(|memory| unmake(memory, chunk)));
        self.left = left();
    }

    /// What the container and the CNode had left when the pool last grew or was trimmed.
    pub fn last_left(&self) -> Spare {
        self.left
    }

    /// Frames in use.
    pub fn used(&self) -> usize {
        self.books.used()
    }

    /// Frames that are there and not in use.
    pub fn free(&self) -> usize {
        self.books.free()
    }

    /// The slot of a frame's capability.
    ///
    /// # Panics
    /// If there is no such frame.
    #[inline]
    pub fn slot(&self, index: u32) -> u64 {
        self.books.slot(index).expect("no such frame")
    }

    /// Where a frame is mapped.
    pub fn address(&self, index: u32) -> u64 {
        self.window.address(index as usize)
    }

    /// The bytes of a frame.
    ///
    /// # Panics
    /// If there is no such frame.
    #[inline]
    pub fn bytes(&self, index: u32) -> &[u8; PAGE] {
        self.slot(index);
        // SAFETY: a frame of the books is mapped.
        unsafe { self.window.page(index as usize) }
    }

    /// The bytes of a frame, to be written.
    ///
    /// # Panics
    /// If there is no such frame.
    #[inline]
    pub fn bytes_mut(&mut self, index: u32) -> &mut [u8; PAGE] {
        self.slot(index);
        // SAFETY: a frame of the books is mapped, and writable.
        unsafe { self.window.page_mut(index as usize) }
    }

    #[cold]
    fn grow(&mut self) -> Result<(), MemoryError> {
        let number = self.books.prepare().map_err(|_| MemoryError::NoAddresses)?;
        heap::ensure(Books::ENTRY_BYTES)?;
        let address = self.window.address((number * CHUNK_FRAMES) as usize);
        self.left = left();
        let frames = affordable(self.left, self.spare).ok_or(MemoryError::Spared)?;
        let chunk = memory::with(|memory| make(memory, address, frames))?;
        self.books.enter(number, chunk);
        Ok(())
    }
}

/// Makes the page tables of a window, 1/512 of its size, so that what a pool once used for its frames does not
/// remain as page tables.
fn make_tables(memory: &mut Memory, window: Range<u64>) -> Result<(), MemoryError> {
    let (block, slot) = memory.frames(1)?;
    let result = window.step_by(TABLE).try_for_each(|address| {
        memory.map(slot, address, Access::Write)?;
        let frame = cap::UnspecifiedPage::from_bits(slot);
        frame
            .frame_unmap()
            .map_err(|error| MemoryError::Mapping { address, error })
    });
    memory.give_back(block, slot, 1);
    result
}

/// What the primary container and the process' CNode have left.
pub fn left() -> Spare {
    memory::with(|memory| Spare {
        bytes: (memory.container().usage()).map_or(0, |usage| usage.left.bytes),
        slots: memory.slots.available(),
    })
}

/// How many frames of a chunk leave `spare` of `left`: a power of two.
fn affordable(left: Spare, spare: Spare) -> Option<u16> {
    let pages = left.bytes.saturating_sub(spare.bytes) / PAGE as u64;
    let most = pages
        .min(left.slots.saturating_sub(spare.slots))
        .min(CHUNK_FRAMES.into());
    most.checked_ilog2().map(|bits| 1 << bits)
}

/// A chunk mapped from `address` on: of `frames`, or as large a one as the reserve has in one piece.
fn make(memory: &mut Memory, address: u64, mut frames: u16) -> Result<Chunk, MemoryError> {
    let (block, first_slot) = loop {
        match memory.frames(frames) {
            Err(MemoryError::Reserve { .. }) if frames > 1 => frames /= 2,
            other => break other?,
        }
    };
    let chunk = Chunk {
        block: block.0,
        first_slot,
        frames: frames.into(),
    };
    for frame in 0..u64::from(frames) {
        if let Err(error) = memory.map(
            first_slot + frame,
            address + frame * PAGE as u64,
            Access::Write,
        ) {
            unmake(memory, chunk);
            return Err(error);
        }
    }
    Ok(chunk)
}

fn unmake(memory: &mut Memory, chunk: Chunk) {
    // A chunk has at most 64 frames.
    memory.give_back(Block(chunk.block), chunk.first_slot, chunk.frames as u16);
}
