// SPDX-License-Identifier: MIT OR Apache-2.0
//! Moving bytes from one description to another: copy_file_range(2), sendfile(2), splice(2).
use crate::transfer::{Chunk, Position, Transfer};
use crate::{Caller, DescriptionId, DescriptionKind, Device, Vfs};
use alloc::sync::Arc;
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageId, PageStore};

/// The next bytes of a description; they stay there.
enum Peeked {
    Chunk(Chunk<'static>),
    Snapshot(Arc<[u8]>, usize, usize),
    Transfer(Transfer),
}

impl Vfs {
    /// Moves up to `length` bytes. With [`Position::At`] a side's own offset stays, as if pread(2)
    /// or pwrite(2) were used. Bytes that cannot be written are not taken from the source.
    ///
    /// # Errors
    /// EINVAL if one side is a device of the world's, an object of its own, or the target a
    /// synthetic file: the world copies with read and write then; and those of [`Vfs::read`] and
    /// [`Vfs::write`].
    pub fn copy<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        from: (DescriptionId, Position),
        to: (DescriptionId, Position),
        length: usize,
    ) -> Result<Transfer> {
        let writable = match self.descriptor(to.0).kind {
            DescriptionKind::Regular(_) | DescriptionKind::Pipe(_) => true,
            DescriptionKind::Device { device, block } => device.is_served_here() && !block,
            DescriptionKind::Directory | DescriptionKind::Path => return Err(Errno::EBADF),
            DescriptionKind::Synthetic(_) | DescriptionKind::External(_) => false,
        };
        if !writable {
            return Err(Errno::EINVAL);
        }
        if !self.descriptor(from.0).readable || !self.descriptor(to.0).writable {
            return Err(Errno::EBADF);
        }
        // A copy behind itself must not chase its own end.
        let length = match self.descriptor(from.0).kind {
            DescriptionKind::Regular(inode) => {
                let left = self
                    .inode(inode)
                    .size()
                    .saturating_sub(self.offset_of(from));
                length.min(usize::try_from(left).unwrap_or(usize::MAX))
            }
            _ => length,
        };
        let (mut from, mut to) = (from, to);
        let mut done = 0;
        while done < length {
            let result = self.copy_piece(store, caller, from, to, length - done);
            let moved = match result {
                Ok(Transfer::Done(0)) => break,
                Ok(Transfer::Done(moved)) => moved,
                Ok(Transfer::Wait { on, .. }) => return Ok(Transfer::Wait { done, on }),
                Ok(other) if done == 0 => return Ok(other),
                Err(error) if done == 0 => return Err(error),
                Ok(_) | Err(_) => break,
            };
            done += moved;
            for position in [&mut from.1, &mut to.1] {
                if let Position::At(offset) = position {
                    *offset += moved as u64;
                }
            }
        }
        Ok(Transfer::Done(done))
    }

    fn offset_of(&self, (id, position): (DescriptionId, Position)) -> u64 {
        match position {
            Position::Current => self.descriptor(id).offset,
            Position::At(offset) => offset,
        }
    }

    /// Moves one piece, of at most a page.
    fn copy_piece<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        from: (DescriptionId, Position),
        to: (DescriptionId, Position),
        length: usize,
    ) -> Result<Transfer> {
        let peeked = self.peek(from.0, from.1, length)?;
        let chunk = match &peeked {
            Peeked::Chunk(chunk) => *chunk,
            Peeked::Snapshot(bytes, start, end) => Chunk::Bytes(&bytes[*start..*end]),
            Peeked::Transfer(transfer) => return Ok(*transfer),
        };
        let mut used = 0;
        let mut source = |store: &mut S, page: PageId, at: usize, length: usize| {
            match chunk {
                Chunk::Page {
                    page: from, offset, ..
                } => {
                    store.copy(from, offset + used, page, at, length);
                }
                Chunk::Bytes(bytes) => {
                    store.bytes_mut(page)[at..at + length]
                        .copy_from_slice(&bytes[used..used + length]);
                }
                Chunk::Zeros(_) => store.bytes_mut(page)[at..at + length].fill(0),
            }
            used += length;
            length
        };
        let written = self.write(store, caller, to.0, to.1, chunk.length(), &mut source)?;
        let moved = match written {
            Transfer::Done(done) | Transfer::Wait { done, .. } => done,
            other => return Ok(other),
        };
        self.consume(store, caller, from.0, from.1, moved);
        Ok(if moved > 0 {
            Transfer::Done(moved)
        } else {
            written
        })
    }

    fn peek(&self, id: DescriptionId, position: Position, length: usize) -> Result<Peeked> {
        let description = self.descriptor(id);
        let offset = self.offset_of((id, position));
        let end = Peeked::Transfer(Transfer::Done(0));
        Ok(match description.kind {
            DescriptionKind::Regular(inode) => match self.content(inode) {
                Some(content) if offset < content.size() => {
                    Peeked::Chunk(content.chunk(offset, length))
                }
                _ => end,
            },
            DescriptionKind::Pipe(_) if position != Position::Current => {
                return Err(Errno::ESPIPE);
            }
            DescriptionKind::Pipe(inode) => {
                match self.peek_pipe(inode, description.non_blocking(), length)? {
                    Ok(chunk) => Peeked::Chunk(chunk),
                    Err(transfer) => Peeked::Transfer(transfer),
                }
            }
            DescriptionKind::Directory => return Err(Errno::EISDIR),
            DescriptionKind::Device {
                device: Device::NULL,
                block: false,
            } => end,
            DescriptionKind::Device {
                device: Device::ZERO | Device::FULL,
                block: false,
            } => Peeked::Chunk(Chunk::Zeros(length.min(PAGE_SIZE))),
            DescriptionKind::Synthetic(node) => {
                let stale = offset == 0 && !description.snapshot_is_fresh;
                match description.snapshot.as_ref().filter(|_| !stale) {
                    None => Peeked::Transfer(Transfer::Synthetic(node)),
                    Some(bytes) => {
                        let start = usize::try_from(offset).unwrap_or(usize::MAX);
                        let left = bytes.len().saturating_sub(start);
                        match left.min(length).min(PAGE_SIZE) {
                            0 => end,
                            piece => Peeked::Snapshot(bytes.clone(), start, start + piece),
                        }
                    }
                }
            }
            DescriptionKind::Device { .. } | DescriptionKind::External(_) => {
                return Err(Errno::EINVAL);
            }
            DescriptionKind::Path => return Err(Errno::EBADF),
        })
    }

    /// Takes bytes that were peeked at.
    fn consume<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        id: DescriptionId,
        position: Position,
        length: usize,
    ) {
        match self.descriptor(id).kind {
            DescriptionKind::Pipe(inode) => return self.consume_pipe(store, caller, inode, length),
            DescriptionKind::Regular(inode) => self.inode_mut(inode).touch_accessed(caller.now),
            _ => {}
        }
        let description = self.descriptor_mut(id);
        description.snapshot_is_fresh = false;
        if position == Position::Current {
            description.offset += length as u64;
        }
    }
}
