// SPDX-License-Identifier: MIT OR Apache-2.0
//! Windows: ranges of mapped pages as bounds-checked memory.

use crate::PAGE;
use core::ptr::NonNull;

/// A range of addresses of which pages are mapped one by one, and seen through it.
#[derive(Debug)]
pub struct Window {
    start: NonNull<[u8; PAGE]>,
    pages: usize,
}

impl Window {
    /// The pages from `address` on.
    ///
    /// # Safety
    /// The addresses belong to this window alone. The caller of [`Window::page`] and [`Window::page_mut`] asks only for
    /// pages that are mapped, writable ones for `page_mut`. Whoever else has the memory mapped writes to it only when this
    /// process expects it: reading such bytes gives some bytes, never more.
    pub unsafe fn new(address: u64, pages: usize) -> Option<Self> {
        let start = NonNull::new(core::ptr::with_exposed_provenance_mut(
            usize::try_from(address).ok()?,
        ))?;
        pages.checked_mul(PAGE)?.checked_add(start.addr().get())?;
        (start.addr().get() % PAGE == 0).then_some(Self { start, pages })
    }

    /// How many pages it has room for.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// The address of a page.
    ///
    /// # Panics
    /// Behind the end.
    pub fn address(&self, page: usize) -> u64 {
        self.pointer(page).addr().get() as u64
    }

    /// The bytes of a page.
    ///
    /// # Safety
    /// The page is mapped.
    ///
    /// # Panics
    /// Behind the end.
    pub unsafe fn page(&self, page: usize) -> &[u8; PAGE] {
        // SAFETY: within the window, mapped as the caller promises, and borrowed as long as the window is.
        unsafe { self.pointer(page).as_ref() }
    }

    /// The bytes of a page, to be written.
    ///
    /// # Safety
    /// The page is mapped and writable.
    ///
    /// # Panics
    /// Behind the end.
    pub unsafe fn page_mut(&mut self, page: usize) -> &mut [u8; PAGE] {
        // SAFETY: within the window, mapped as the caller promises, and the window is borrowed exclusively.
        unsafe { self.pointer(page).as_mut() }
    }

    #[inline]
    fn pointer(&self, page: usize) -> NonNull<[u8; PAGE]> {
        assert!(
            page < self.pages,
            "page {page} of a window of {}",
            self.pages
        );
        // SAFETY: within the range, which does not wrap around (`new`).
        unsafe { self.start.add(page) }
    }
}

/// Bytes that stay mapped read-only for good.
///
/// # Safety
/// The `length` bytes from `address` on are mapped, initialised and written by nobody until the process ends.
pub(crate) unsafe fn bytes_at(address: u64, length: usize) -> &'static [u8] {
    // SAFETY: the caller's promise.
    unsafe {
        core::slice::from_raw_parts(core::ptr::with_exposed_provenance(address as usize), length)
    }
}
