// SPDX-License-Identifier: MIT OR Apache-2.0
//! The heap: grows out of the primary container, and can be asked beforehand.
//!
//! A server on whose memory a client's request draws calls [`ensure`] first and refuses the request if that fails, so
//! that no allocation in the middle of its work does.
//!
//! It grows by blocks of the container, one behind the other, and shrinks by them from the end ([`trim`]):
//!
//! ```text
//!   | 64 KiB | … | 64 KiB | 256 KiB | … | 256 KiB | addresses for more
//!     ^ the first stays                  ^ goes back when nothing in it is in use
//! ```

use crate::PAGE;
use crate::memory::{self, Access, HEAP, Memory, MemoryError};
use crate::single::Single;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut, with_exposed_provenance_mut};
use croft_container::Block;
use talc::base::{CHUNK_UNIT, Talc, binning::Binning};
use talc::source::Source;
use talc::{DefaultBinning, TalcCell, min_first_heap_size};

/// The first blocks of the heap have so many pages …
const SMALL: u16 = 16;
/// … until it has so many blocks; the further ones have [`LARGE`].
const SMALL_BLOCKS: usize = 64;
const LARGE: u16 = 64;
/// At most so many blocks are remembered, which is 116 MiB; what the heap grows by beyond never goes back.
const MOST_BLOCKS: usize = 512;

/// What an allocation takes beside its own bytes, at most.
const OVERHEAD: usize = 2 * CHUNK_UNIT;

/// One piece of the heap.
#[derive(Clone, Copy, Debug)]
struct Piece {
    block: Block,
    /// The first of the slots of its pages.
    first_slot: u32,
    pages: u16,
}

/// The pieces, from the heap's start on.
static PIECES: Single<heapless::Vec<Piece, MOST_BLOCKS>> = Single::new();

/// Grows the heap at its end.
#[derive(Clone, Copy, Debug)]
struct Growing {
    /// The allocator's end of the heap; `None` before the first growth.
    end: Option<NonNull<u8>>,
    /// Bytes that are mapped.
    mapped: usize,
}

struct Heap(TalcCell<Growing>);

// SAFETY: a process that uses this crate has one thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static ALLOCATOR: Heap = Heap(TalcCell::new(Growing {
    end: None,
    mapped: 0,
}));

// SAFETY: the allocator underneath keeps the contract; this passes everything through.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { GlobalAlloc::alloc(&self.0, layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { GlobalAlloc::dealloc(&self.0, pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { GlobalAlloc::realloc(&self.0, pointer, layout, new_size) }
    }
}

impl Growing {
    /// Maps at least `bytes` more; where the mapped pages begin and end. Some may be mapped even if not all could be.
    fn map(&mut self, bytes: usize) -> (usize, usize, Result<(), MemoryError>) {
        let mapped_end = self.mapped_end();
        // Behind the allocator's end there may be pages that it was not to use for a while.
        let start = self.end.map_or(mapped_end, |end| end.addr().get());
        let first = if self.end.is_none() {
            PIECES.set(heapless::Vec::new());
            min_first_heap_size::<DefaultBinning>()
        } else {
            0
        };
        let wanted = bytes.saturating_add(first);
        if wanted > HEAP.end as usize - start {
            return (start, start, Err(MemoryError::NoAddresses));
        }
        let mut end = mapped_end;
        let result = loop {
            if end - start >= wanted {
                break Ok(());
            }
            match map_piece(end as u64) {
                Ok(pages) => end += usize::from(pages) * PAGE,
                Err(error) => break Err(error),
            }
        };
        self.mapped += end - mapped_end;
        (start, end, result)
    }

    fn mapped_end(&self) -> usize {
        HEAP.start as usize + self.mapped
    }
}

/// Maps the next piece at `address`; how many pages it has.
fn map_piece(address: u64) -> Result<u16, MemoryError> {
    let remembered = PIECES.get().map_or(0, |pieces| pieces.len());
    let mut pages = if remembered < SMALL_BLOCKS {
        SMALL
    } else {
        LARGE
    };
    let map = |memory: &mut Memory| {
        let (block, first_slot) = loop {
            match memory.frames(pages) {
                // There may be enough, but not in one piece.
                Err(MemoryError::Reserve { .. }) if pages > 1 => pages /= 2,
                other => break other?,
            }
        };
        for page in 0..u64::from(pages) {
            let at = address + page * PAGE as u64;
            if let Err(error) = memory.map(first_slot + page, at, Access::Write) {
                memory.give_back(block, first_slot, pages);
                return Err(error);
            }
        }
        if let Some(mut pieces) = PIECES.get() {
            // One more than can be remembered is kept for good.
            let _ = pieces.push(Piece {
                block,
                first_slot: first_slot as u32,
                pages,
            });
        }
        Ok(pages)
    };
    memory::try_with(map).unwrap_or(Err(MemoryError::NoAddresses))
}

// SAFETY: `acquire` maps pages through `memory`, which never allocates.
unsafe impl Source for Growing {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let bytes = layout
            .size()
            .checked_add(layout.align() + OVERHEAD)
            .ok_or(())?;
        let (start, end, result) = talc.source.map(bytes);
        let new_end = with_exposed_provenance_mut(end);
        if end > start {
            // SAFETY: `map` has just mapped these pages for the heap alone; `end` is what the allocator gave last.
            talc.source.end = unsafe {
                match talc.source.end {
                    Some(end) => Some(talc.extend(end, new_end)),
                    None => talc.claim(with_exposed_provenance_mut(start), end - start),
                }
            };
        }
        result.map_err(|_| ())
    }
}

impl Heap {
    fn grow(&self, bytes: usize) -> Result<(), MemoryError> {
        let mut source = self.0.clone_source();
        let (start, end, result) = source.map(bytes);
        let new_end = with_exposed_provenance_mut(end);
        if end > start {
            // SAFETY: as in `acquire`.
            source.end = unsafe {
                match source.end {
                    Some(end) => Some(self.0.extend(end, new_end)),
                    None => self
                        .0
                        .claim(with_exposed_provenance_mut(start), end - start),
                }
            };
        }
        self.0.replace_source(source);
        result
    }

    /// Lets the allocator use nothing of what is free at the end, until the heap has to grow.
    fn close(&self) {
        let mut source = self.0.clone_source();
        if let Some(end) = source.end {
            // SAFETY: `end` is what the allocator gave last, and the source allows this.
            source.end = unsafe { self.0.truncate(end, null_mut()) };
        }
        self.0.replace_source(source);
    }

    /// Lets it use that again.
    fn open(&self) {
        let mut source = self.0.clone_source();
        if let Some(end) = source.end {
            let mapped_end = with_exposed_provenance_mut(source.mapped_end());
            // SAFETY: what lies between is mapped for the heap alone, and has been the allocator's before.
            source.end = Some(unsafe { self.0.extend(end, mapped_end) });
        }
        self.0.replace_source(source);
    }

    /// Gives the last piece back, if that leaves `keep` bytes of headroom and a heap of `floor` bytes.
    fn shrink(&self, keep: usize, floor: usize) -> bool {
        let mut source = self.0.clone_source();
        let (Some(end), Some(mut pieces)) = (source.end, PIECES.get()) else {
            return false;
        };
        let known: usize = (pieces.iter())
            .map(|piece| usize::from(piece.pages) * PAGE)
            .sum();
        let Some(last) = pieces.last().copied() else {
            return false;
        };
        let bytes = usize::from(last.pages) * PAGE;
        let stays = pieces.len() == 1 || source.mapped < floor + bytes;
        if known != source.mapped || stays || self.headroom() < keep + bytes {
            return false;
        }
        let start = source.mapped_end() - bytes;
        // SAFETY: `end` is what the allocator gave last, and the source allows this.
        let end = unsafe { self.0.truncate(end, with_exposed_provenance_mut(start)) };
        source.end = end;
        source.mapped -= bytes;
        self.0.replace_source(source);
        pieces.pop();
        drop(pieces);
        memory::with(|memory| memory.give_back(last.block, last.first_slot.into(), last.pages));
        true
    }

    fn headroom(&self) -> usize {
        let Some(end) = self.0.clone_source().end else {
            return 0;
        };
        // SAFETY: it is the end that the allocator gave last.
        let reserved = unsafe { self.0.reserved(end) };
        (end.addr().get() - reserved.up_to.addr().get()).saturating_sub(OVERHEAD)
    }
}

/// How much is free in one piece at the heap's end: any allocations that sum up to that, with 32 bytes for
/// each, are sure to succeed.
pub fn headroom() -> usize {
    ALLOCATOR.headroom()
}

/// Makes [`headroom`] at least `bytes`.
///
/// # Errors
/// When the reserve or the CNode has no more; see [`MemoryError`]. The heap may have grown by a part.
pub fn ensure(bytes: usize) -> Result<(), MemoryError> {
    let headroom = headroom();
    if headroom >= bytes {
        return Ok(());
    }
    ALLOCATOR.grow(bytes - headroom + OVERHEAD)
}

/// From now on, until [`trim`], allocations come from gaps before the heap's end if there are any: what is built anew
/// meanwhile does not keep the heap long.
pub fn gather() {
    ALLOCATOR.close();
}

/// Gives back what is free at the heap's end, as long as [`headroom`] stays at least `keep` and the heap at least `floor`
/// bytes; whether that was anything.
pub fn trim(keep: usize, floor: usize) -> bool {
    let before = ALLOCATOR.0.clone_source().mapped;
    ALLOCATOR.open();
    while ALLOCATOR.shrink(keep, floor) {}
    ALLOCATOR.0.clone_source().mapped < before
}

/// Bytes in use and bytes mapped.
pub fn usage() -> (usize, usize) {
    let counters = ALLOCATOR.0.counters();
    (counters.allocated_bytes, counters.claimed_bytes)
}
