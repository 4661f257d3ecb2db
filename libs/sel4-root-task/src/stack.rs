// SPDX-License-Identifier: MIT OR Apache-2.0
//! The stack, with a page below it that is not mapped.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ops::Range;
use core::ptr;

use sel4::{BootInfo, Result};

/// Bytes in a page.
const PAGE: usize = 1 << sel4::PAGE_BITS;

/// A stack of `SIZE` bytes, rounded down to whole words of 16, above a guard page.
#[repr(C, align(4096))]
pub struct Stack<const SIZE: usize> {
    guard: MaybeUninit<[u8; PAGE]>,
    memory: UnsafeCell<MaybeUninit<[u8; SIZE]>>,
}

const _: () = assert!(align_of::<Stack<0>>() == PAGE);

// SAFETY: the one thread that runs on it is its only user.
unsafe impl<const SIZE: usize> Sync for Stack<SIZE> {}

impl<const SIZE: usize> Stack<SIZE> {
    /// Where the stack begins, in bytes from this structure.
    pub const TOP: usize = PAGE + (SIZE & !15);

    /// A stack that nobody used.
    #[expect(clippy::new_without_default, reason = "only statics are of use")]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            guard: MaybeUninit::uninit(),
            memory: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// The address of the guard page.
    #[must_use]
    pub fn guard(&self) -> usize {
        // Both fields are named so that they are there; nobody reads them.
        let _ = self.memory.get();
        ptr::from_ref(&self.guard).addr()
    }

    /// The addresses of the stack itself.
    #[must_use]
    pub fn memory(&self) -> Range<usize> {
        let start = self.memory.get().expose_provenance();
        start..start + (SIZE & !15)
    }
}

unsafe extern "C" {
    /// The image's first byte, by the linker.
    static __executable_start: u8;
}

/// Unmaps the page at `guard`, so that a stack that overflows faults.
///
/// The kernel lists the frames of the image in the order of their addresses, without gaps.
pub fn protect(bootinfo: &BootInfo, guard: usize) -> Result<()> {
    let image = (&raw const __executable_start).addr() & !(PAGE - 1);
    let frames = bootinfo.user_image_frames();
    frames.index((guard - image) / PAGE).cap().frame_unmap()
}
