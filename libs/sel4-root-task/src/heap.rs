// SPDX-License-Identifier: MIT OR Apache-2.0
//! A heap of fixed size.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

use talc::TalcCell;
use talc::source::Claim;

/// The memory of a heap.
#[repr(C, align(16))]
pub struct HeapMemory<const SIZE: usize>(UnsafeCell<MaybeUninit<[u8; SIZE]>>);

// SAFETY: only the allocator that it is given to touches it.
unsafe impl<const SIZE: usize> Sync for HeapMemory<SIZE> {}

impl<const SIZE: usize> HeapMemory<SIZE> {
    /// Memory that nobody used.
    #[expect(clippy::new_without_default, reason = "only statics are of use")]
    #[must_use]
    pub const fn new() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

/// A heap for a program of one thread.
pub struct StaticHeap(TalcCell<Claim>);

// SAFETY: the root task has one thread.
unsafe impl Sync for StaticHeap {}

impl StaticHeap {
    /// A heap in `memory`.
    ///
    /// # Safety
    /// No other heap may use this memory.
    #[must_use]
    pub const unsafe fn new<const SIZE: usize>(memory: &'static HeapMemory<SIZE>) -> Self {
        // SAFETY: the memory lives as long as the program, and is this heap's alone.
        Self(TalcCell::new(unsafe {
            Claim::new(memory.0.get().cast(), SIZE)
        }))
    }
}

// SAFETY: the allocator underneath keeps the contract; this passes everything through.
unsafe impl GlobalAlloc for StaticHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.0.realloc(pointer, layout, new_size) }
    }
}
