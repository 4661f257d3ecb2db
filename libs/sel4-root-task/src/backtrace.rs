// SPDX-License-Identifier: MIT OR Apache-2.0
//! The frames of the root task's own stack.
//!
//! Compiled with `-Cforce-frame-pointers=yes`, each function keeps its caller's frame pointer and its own return address
//! next to each other on the stack, and the frame pointer register leads there. Compiled otherwise the words mean
//! something else, and are still words of the stack.

use core::ops::Range;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Start and end of the stack.
static STACK: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

/// Notes where the stack is. Called once, at the start.
pub(crate) fn initialise(stack: &Range<usize>) {
    STACK[0].store(stack.start, Relaxed);
    STACK[1].store(stack.end, Relaxed);
}

/// The addresses of the stack.
#[must_use]
pub fn stack() -> Range<usize> {
    STACK[0].load(Relaxed)..STACK[1].load(Relaxed)
}

/// The frame pointer of the function that this is called in.
#[inline(always)]
#[must_use]
pub fn frame_pointer() -> usize {
    let value;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("mov {}, rbp", out(reg) value, options(nomem, nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: reads a register.
    unsafe {
        core::arch::asm!("mov {}, x29", out(reg) value, options(nomem, nostack, preserves_flags));
    }
    value
}

/// The two words at an address of the stack; `None` if they are not within it.
#[must_use]
pub fn words(address: usize) -> Option<[usize; 2]> {
    let stack = stack();
    let within = stack.contains(&address) && stack.end - address >= size_of::<[usize; 2]>();
    if !within || !address.is_multiple_of(align_of::<usize>()) {
        return None;
    }
    let from: *const [usize; 2] = ptr::with_exposed_provenance(address);
    // SAFETY: both words lie in the stack, which is mapped for good. A volatile read takes whatever is there.
    Some(unsafe { from.read_volatile() })
}
