// SPDX-License-Identifier: MIT OR Apache-2.0
//! A piece of a program's memory as the file system's source or destination.
//!
//! The pages are made ready before ([`World::user_window`]), so that bytes go straight from page to
//! page while the file system works.
use super::{Touch, UserSlice};
use crate::World;
use crate::machine::Machine;
use alloc::vec::Vec;
use unix_abi::Result;
use unix_pages::{PAGE_SIZE, PageId, PageStore};
use unix_vfs::{Chunk, Sink, Source};

/// The most bytes that are made ready at once.
pub const WINDOW: usize = 4 * PAGE_SIZE;

/// Pages of a program that are ready, and how far they are used up.
pub struct Window {
    pages: Vec<PageId>,
    /// Byte offset from the start of the first page.
    at: usize,
    end: usize,
}

impl Window {
    /// A window without any memory behind it.
    pub fn nothing() -> Self {
        Window {
            pages: Vec::new(),
            at: 0,
            end: 0,
        }
    }

    /// How many bytes are left.
    pub fn length(&self) -> usize {
        self.end - self.at
    }

    /// The next piece that lies in one page: its page, where in it, and how long.
    fn advance(&mut self, most: usize) -> Option<(PageId, usize, usize)> {
        let (page, at) = (*self.pages.get(self.at / PAGE_SIZE)?, self.at % PAGE_SIZE);
        let length = most.min(PAGE_SIZE - at).min(self.length());
        self.at += length;
        (length > 0).then_some((page, at, length))
    }
}

impl<S: PageStore + ?Sized> Sink<S> for Window {
    fn put(&mut self, store: &mut S, chunk: Chunk<'_>) -> usize {
        let total = chunk.length();
        let mut done = 0;
        while done < total {
            let Some((to, at, length)) = self.advance(total - done) else {
                break;
            };
            match chunk {
                Chunk::Page { page, offset, .. } => {
                    store.copy(page, offset + done, to, at, length);
                }
                Chunk::Bytes(bytes) => store.bytes_mut(to)[at..at + length]
                    .copy_from_slice(&bytes[done..done + length]),
                Chunk::Zeros(_) => store.bytes_mut(to)[at..at + length].fill(0),
            }
            done += length;
        }
        done
    }
}

impl<S: PageStore + ?Sized> Source<S> for Window {
    fn take(&mut self, store: &mut S, page: PageId, offset: usize, length: usize) -> usize {
        let mut done = 0;
        while done < length {
            let Some((from, at, piece)) = self.advance(length - done) else {
                break;
            };
            store.copy(from, at, page, offset + done, piece);
            done += piece;
        }
        done
    }
}

impl<M: Machine> World<M> {
    /// Makes up to [`WINDOW`] bytes of a program ready to be read or written. Shorter when something
    /// on the way is not there; an error only if not even the first byte is.
    pub(crate) fn user_window(
        &mut self,
        space: usize,
        slice: UserSlice,
        touch: Touch,
    ) -> Result<Window> {
        let at = slice.address % PAGE_SIZE;
        let length = slice.length.min(WINDOW - at);
        let count = (at + length).div_ceil(PAGE_SIZE);
        let first = slice.address - at;
        let mut pages = Vec::with_capacity(count);
        for index in 0..count {
            match self.user_page(space, first + index * PAGE_SIZE, touch) {
                Ok(page) => pages.push(page),
                Err(error) if index == 0 => return Err(error),
                Err(_) => break,
            }
        }
        let end = (at + length).min(pages.len() * PAGE_SIZE);
        Ok(Window { pages, at, end })
    }
}
