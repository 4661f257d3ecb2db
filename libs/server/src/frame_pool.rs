// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many frames, always mapped, in one window: what a server keeps pages in.

use crate::memory::{self, Access, Memory, MemoryError, WINDOWS};
use crate::pool::{Allocated, Books, CHUNK_FRAMES, Chunk};
use crate::{PAGE, Window};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use croft_container::Block;

/// Where the next pool's window begins.
static NEXT_WINDOW: AtomicU64 = AtomicU64::new(WINDOWS.start);

/// Frames by index. Frame `i` is mapped read-write at [`FramePool::address`] as long as its chunk is part of the pool;
/// its capability ([`FramePool::slot`]) may be copied to map it elsewhere too. When a chunk goes back to the container, all
/// copies and mappings of its frames go with it.
#[derive(Debug)]
pub struct FramePool {
    books: Books,
    window: Window,
}

impl FramePool {
    /// An empty pool with addresses for `most` frames.
    ///
    /// # Errors
    /// [`MemoryError::NoAddresses`].
    pub fn new(most: u32) -> Result<Self, MemoryError> {
        let pages = most
            .checked_next_multiple_of(CHUNK_FRAMES)
            .ok_or(MemoryError::NoAddresses)? as usize;
        // The next window begins with a page table of its own.
        let bytes = (pages * PAGE).next_multiple_of(1 << 21) as u64;
        let start = NEXT_WINDOW.load(Relaxed);
        if bytes > WINDOWS.end - start {
            return Err(MemoryError::NoAddresses);
        }
        NEXT_WINDOW.store(start + bytes, Relaxed);
        // SAFETY: the range is given to this window alone; `bytes` and `bytes_mut` check that a page is mapped.
        let window = unsafe { Window::new(start, pages) }.ok_or(MemoryError::NoAddresses)?;
        Ok(Self {
            books: Books::new(),
            window,
        })
    }

    /// A frame, with whatever bytes it has; `zero` tells whether they are all 0.
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

    /// Takes a frame back. Nobody may have it mapped any more except this pool.
    #[inline]
    pub fn give_back(&mut self, index: u32) {
        self.books.give_back(index);
    }

    /// Gives chunks that are not in use back to the container, as long as more than `keep` frames are free.
    pub fn trim(&mut self, keep: usize) {
        self.books
            .trim(keep, |chunk| memory::with(|memory| unmake(memory, chunk)));
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
        let first_page = number as usize * CHUNK_FRAMES as usize;
        if first_page >= self.window.pages() {
            return Err(MemoryError::NoAddresses);
        }
        let address = self.window.address(first_page);
        let chunk = memory::with(|memory| make(memory, address))?;
        self.books.enter(number, chunk);
        Ok(())
    }
}

/// A chunk mapped from `address` on: a whole one, or as large a one as the reserve has.
fn make(memory: &mut Memory, address: u64) -> Result<Chunk, MemoryError> {
    let mut frames = CHUNK_FRAMES as u16;
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
