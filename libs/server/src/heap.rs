// SPDX-License-Identifier: MIT OR Apache-2.0
//! The heap: grows out of the primary container, and can be asked beforehand.
//!
//! A server on whose memory a client's request draws calls [`ensure`] first and refuses the request if that fails, so
//! that no allocation in the middle of its work does. The heap never shrinks.

use crate::PAGE;
use crate::memory::{self, Access, HEAP, MemoryError};
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, with_exposed_provenance_mut};
use talc::base::{CHUNK_UNIT, Talc, binning::Binning};
use talc::source::Source;
use talc::{DefaultBinning, TalcCell, min_first_heap_size};

/// The heap grows by at least so much.
const STEP: usize = 16 * PAGE;

/// What an allocation takes beside its own bytes, at most.
const OVERHEAD: usize = 2 * CHUNK_UNIT;

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
        let start = HEAP.start as usize + self.mapped;
        let first = if self.end.is_none() {
            min_first_heap_size::<DefaultBinning>()
        } else {
            0
        };
        let bytes = bytes.max(STEP).saturating_add(first);
        if bytes > HEAP.end as usize - start {
            return (start, start, Err(MemoryError::NoAddresses));
        }
        let pages = bytes.div_ceil(PAGE) as u64;
        let (done, result) =
            memory::try_with(|memory| memory.map_fresh(start as u64, pages, Access::Write))
                .unwrap_or((0, Err(MemoryError::NoAddresses)));
        self.mapped += done as usize * PAGE;
        (start, start + done as usize * PAGE, result)
    }
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

/// Bytes in use and bytes mapped.
pub fn usage() -> (usize, usize) {
    let counters = ALLOCATOR.0.counters();
    (counters.allocated_bytes, counters.claimed_bytes)
}
