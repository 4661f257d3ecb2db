// SPDX-License-Identifier: MIT OR Apache-2.0
//! How bytes move between files and the memory of programs without a copy in between.
//!
//! File bytes and user bytes are pages of the same store, so neither side can be borrowed while
//! the other is written. A [`Sink`] or [`Source`] therefore gets the store together with the
//! address of a piece of a page, and does the copying.
use crate::{Device, NodeId, Wait};
use unix_pages::{PageId, PageStore};

/// A piece of a file on its way to a [`Sink`]; never more than a page, never empty.
#[derive(Clone, Copy, Debug)]
pub enum Chunk<'a> {
    /// Bytes of a page of the store.
    Page {
        /// The page.
        page: PageId,
        /// First byte in it.
        offset: usize,
        /// How many.
        length: usize,
    },
    /// Bytes in the server's memory (the boot archive, a snapshot).
    Bytes(&'a [u8]),
    /// So many zeros: a hole, or `/dev/zero`.
    Zeros(usize),
}

impl Chunk<'_> {
    /// How many bytes.
    pub fn length(&self) -> usize {
        match self {
            Chunk::Page { length, .. } => *length,
            Chunk::Bytes(bytes) => bytes.len(),
            Chunk::Zeros(length) => *length,
        }
    }

    /// The piece, cut to at most `length` bytes.
    pub fn first(self, length: usize) -> Self {
        match self {
            Chunk::Page {
                page,
                offset,
                length: all,
            } => Chunk::Page {
                page,
                offset,
                length: all.min(length),
            },
            Chunk::Bytes(bytes) => Chunk::Bytes(&bytes[..bytes.len().min(length)]),
            Chunk::Zeros(all) => Chunk::Zeros(all.min(length)),
        }
    }

    /// Copies the piece to a slice of the same length.
    pub fn copy_to<S: PageStore + ?Sized>(&self, store: &S, to: &mut [u8]) {
        match *self {
            Chunk::Page {
                page,
                offset,
                length,
            } => {
                to.copy_from_slice(&store.bytes(page)[offset..offset + length]);
            }
            Chunk::Bytes(bytes) => to.copy_from_slice(bytes),
            Chunk::Zeros(_) => to.fill(0),
        }
    }
}

/// Where bytes that are read go to. A closure
/// `FnMut(&mut S, Chunk<'_>) -> usize` is one.
pub trait Sink<S: PageStore + ?Sized> {
    /// Takes the next piece and tells how many of its bytes it took. Fewer than all means that
    /// memory was not there (EFAULT): the transfer ends behind them.
    fn put(&mut self, store: &mut S, chunk: Chunk<'_>) -> usize;
}

impl<S: PageStore + ?Sized, F: FnMut(&mut S, Chunk<'_>) -> usize> Sink<S> for F {
    fn put(&mut self, store: &mut S, chunk: Chunk<'_>) -> usize {
        self(store, chunk)
    }
}

/// Where bytes that are written come from. A closure
/// `FnMut(&mut S, PageId, usize, usize) -> usize` is one.
pub trait Source<S: PageStore + ?Sized> {
    /// Fills `length` bytes of a page from `offset` on with the next bytes, and tells how many it
    /// filled. Fewer than all means that memory was not there (EFAULT): the transfer ends behind
    /// them.
    fn take(&mut self, store: &mut S, page: PageId, offset: usize, length: usize) -> usize;
}

impl<S: PageStore + ?Sized, F: FnMut(&mut S, PageId, usize, usize) -> usize> Source<S> for F {
    fn take(&mut self, store: &mut S, page: PageId, offset: usize, length: usize) -> usize {
        self(store, page, offset, length)
    }
}

/// A sink that fills a slice.
pub struct SliceSink<'a>(pub &'a mut [u8]);

impl<S: PageStore + ?Sized> Sink<S> for SliceSink<'_> {
    fn put(&mut self, store: &mut S, chunk: Chunk<'_>) -> usize {
        let chunk = chunk.first(self.0.len());
        let (to, rest) = core::mem::take(&mut self.0).split_at_mut(chunk.length());
        chunk.copy_to(store, to);
        self.0 = rest;
        chunk.length()
    }
}

/// A source that reads a slice.
pub struct SliceSource<'a>(pub &'a [u8]);

impl<S: PageStore + ?Sized> Source<S> for SliceSource<'_> {
    fn take(&mut self, store: &mut S, page: PageId, offset: usize, length: usize) -> usize {
        let length = length.min(self.0.len());
        let (now, rest) = self.0.split_at(length);
        store.bytes_mut(page)[offset..offset + length].copy_from_slice(now);
        self.0 = rest;
        length
    }
}

/// Where in the file a transfer happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Position {
    /// At the description's offset, which moves along (read(2), write(2)).
    Current,
    /// At this offset; the description's own stays (pread(2), pwrite(2)). ESPIPE for pipes.
    At(u64),
}

/// How a read or write ended. An error that comes after some bytes is not reported: the bytes are
/// (as Linux does).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transfer {
    /// So many bytes. When reading, 0 is the end of the file.
    Done(usize),
    /// The call has to wait after `done` bytes (more than 0 only for a write to a pipe that is
    /// longer than the room in it). Park the thread, then call again with the rest; if a signal
    /// comes instead, the result is `done` if it is more than 0, else EINTR. Never returned for a
    /// non-blocking description: that one gets EAGAIN or the short count.
    Wait {
        /// Bytes moved so far by this call.
        done: usize,
        /// What to park on.
        on: Wait,
    },
    /// The world serves this device: nothing was moved.
    Device(Device),
    /// A synthetic file needs its contents: hand them over with
    /// [`crate::Vfs::set_snapshot`] and call again (when reading), or take the bytes yourself (when
    /// writing). Nothing was moved.
    Synthetic(NodeId),
    /// The world's own object ([`crate::Vfs::open_external`]): nothing was moved.
    External(u64),
}
