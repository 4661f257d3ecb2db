// SPDX-License-Identifier: MIT OR Apache-2.0
//! Notes of messages, in the pages that the parent has mapped for them.

use alloc::boxed::Box;
use core::slice;
use core::sync::atomic::AtomicU64;

use croft_process::handover::layout;
use croft_trace::{PAGE_WORDS, Ring};

use crate::counter;

/// Has messages noted in so many pages.
pub(crate) fn start(pages: u16) {
    let start = core::ptr::with_exposed_provenance(layout::TRACE as usize);
    let length = usize::from(pages.min(layout::TRACE_PAGES)) * PAGE_WORDS;
    // SAFETY: the parent mapped so many zeroed pages there, says the environment, for this use alone; it only reads them.
    let words: &'static [AtomicU64] = unsafe { slice::from_raw_parts(start, length) };
    if let Some(ring) = Ring::new(words, counter, hertz()) {
        croft_ipc::trace::install(Box::leak(Box::new(ring)));
    }
}

/// Ticks of the counter in a second, where a register tells.
fn hertz() -> Option<u64> {
    #[cfg(target_arch = "x86_64")]
    {
        None
    }
    #[cfg(target_arch = "aarch64")]
    {
        Some(crate::device::generic_timer::frequency())
    }
}
