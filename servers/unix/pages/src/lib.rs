// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page store: where the bytes of files and programs live.
//!
//! Everything in a Unix world that holds bytes by the page (file contents, anonymous memory, the
//! page cache) holds [`PageId`]s out of one store. A page has a reference count, so that
//! copy-on-write, shared mappings and the page cache are the same thing seen from three sides.
//! The server backs the store with seL4 frames out of the world's container; tests use
//! [`VecPages`]. This crate may touch nothing else.
#![cfg_attr(not(any(test, feature = "std")), no_std)]
#![forbid(unsafe_code)]
extern crate alloc;

mod vec;
pub use vec::VecPages;

/// Bytes in a page.
pub const PAGE_SIZE: usize = 4096;

/// One page of a [`PageStore`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PageId(pub u32);

/// The reserve behind the store is spent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutOfMemory;

/// Reference-counted pages of [`PAGE_SIZE`] bytes.
pub trait PageStore {
    /// A new page, all zero, with a reference count of 1.
    fn allocate(&mut self) -> Result<PageId, OutOfMemory>;
    /// Adds a reference.
    fn share(&mut self, page: PageId);
    /// Takes a reference away; the last one frees the page.
    fn release(&mut self, page: PageId);
    /// How many references there are.
    fn references(&self, page: PageId) -> u32;
    /// The bytes of a page.
    fn bytes(&self, page: PageId) -> &[u8; PAGE_SIZE];
    /// The bytes of a page, to write. Whoever writes has to know that it may: with more than one
    /// reference the write is seen through all of them.
    fn bytes_mut(&mut self, page: PageId) -> &mut [u8; PAGE_SIZE];
    /// A new page with the same bytes (reference count 1).
    fn duplicate(&mut self, page: PageId) -> Result<PageId, OutOfMemory>;
    /// Copies bytes from one page to another, or within one.
    fn copy(&mut self, from: PageId, at: usize, to: PageId, to_at: usize, length: usize) {
        if from == to {
            self.bytes_mut(to).copy_within(at..at + length, to_at);
            return;
        }
        // Small copies, the common case, go through the stack.
        let mut buffer = [0; 256];
        let mut done = 0;
        while done < length {
            let piece = (length - done).min(buffer.len());
            buffer[..piece].copy_from_slice(&self.bytes(from)[at + done..at + done + piece]);
            self.bytes_mut(to)[to_at + done..to_at + done + piece]
                .copy_from_slice(&buffer[..piece]);
            done += piece;
        }
    }
    /// How many more pages can be allocated, as far as the store knows.
    fn available(&self) -> usize;
    /// How many of them contents of files may take: a store leaves some to programs, so that those who filled it can
    /// still run and delete.
    fn available_for_files(&self) -> usize {
        self.available()
    }
    /// Whether that is any at all; asked for each page, so a store may answer with what it knew a moment ago.
    fn has_room_for_files(&self) -> bool {
        self.available_for_files() > 0
    }
    /// How many pages are in use.
    fn used(&self) -> usize;
}
