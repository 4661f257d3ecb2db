// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipes and FIFOs (pipe(7), fifo(7)): a ring of pages that are taken from the store when bytes
//! come and given back when they are read.
mod fifo;
mod io;
mod size;

use crate::inode::{Kind, NewInode};
use crate::{Caller, DescriptionId, DescriptionKind, InodeId, MountId, Place, Vfs};
use alloc::collections::VecDeque;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageId};

/// Pages in a new pipe: 64 KiB.
const DEFAULT_PAGES: u32 = 16;

/// Bytes in a page of a pipe.
struct Buffer {
    page: PageId,
    offset: u16,
    length: u16,
}

impl Buffer {
    /// Room behind the bytes.
    fn room(&self) -> usize {
        PAGE_SIZE - usize::from(self.offset) - usize::from(self.length)
    }
}

/// An open pipe or FIFO. As on Linux, what is bounded is the number of pages in use; small writes
/// share a page.
pub(crate) struct Pipe {
    buffers: VecDeque<Buffer>,
    pages: u32,
    readers: u32,
    writers: u32,
    /// How often it was opened for reading and for writing: an open that waits for its partner
    /// sees that it came, even if it is gone again.
    reader_opens: u32,
    writer_opens: u32,
}

impl Pipe {
    const COST: usize = size_of::<Pipe>();

    fn heap(pages: u32) -> usize {
        Self::COST + pages as usize * size_of::<Buffer>()
    }

    fn is_full(&self) -> bool {
        self.buffers.len() >= self.pages as usize
    }

    fn bytes(&self) -> u64 {
        self.buffers
            .iter()
            .map(|buffer| u64::from(buffer.length))
            .sum()
    }
}

impl Vfs {
    /// pipe2(2): the end to read from and the end to write to. Of `flags`, `O_NONBLOCK` is for
    /// here, `O_CLOEXEC` for the caller.
    ///
    /// # Errors
    /// ENFILE beyond the limits; EINVAL for other flags (`O_DIRECT`: no packet mode).
    pub fn pipe(
        &mut self,
        caller: &Caller<'_>,
        flags: u32,
    ) -> Result<(DescriptionId, DescriptionId)> {
        if flags & !(c::O_NONBLOCK | c::O_CLOEXEC) != 0 {
            return Err(Errno::EINVAL);
        }
        let pipe = self.add_pipe()?;
        let inode = self.add_inode(NewInode {
            mount: MountId::NONE,
            mode: c::S_IFIFO | 0o600,
            uid: caller.credentials.uid,
            gid: caller.credentials.gid,
            now: caller.now,
            kind: Kind::Fifo(Some(pipe)),
        });
        let inode = match inode {
            Ok(inode) => inode,
            Err(_) => {
                self.remove_pipe(pipe);
                return Err(Errno::ENFILE);
            }
        };
        self.inode_mut(inode).links = 1;
        let kind = DescriptionKind::Pipe(inode);
        let place = Place::Inode(inode);
        let reader = self.add_description(kind, place, flags | c::O_RDONLY);
        let ends = reader.and_then(|reader| {
            match self.add_description(kind, place, flags | c::O_WRONLY) {
                Ok(writer) => Ok((reader, writer)),
                Err(error) => {
                    self.drop_unused_description(reader);
                    Err(error)
                }
            }
        });
        match ends {
            Ok(ends) => {
                let pipe = &mut self.pipes[pipe];
                (pipe.readers, pipe.writers) = (1, 1);
                (pipe.reader_opens, pipe.writer_opens) = (1, 1);
                Ok(ends)
            }
            Err(error) => {
                self.remove_pipe(pipe);
                self.forget_inode(inode);
                Err(error)
            }
        }
    }

    fn add_pipe(&mut self) -> Result<usize> {
        if self.pipes.len() >= self.limits.pipes as usize {
            return Err(Errno::ENFILE);
        }
        self.charge(Pipe::heap(DEFAULT_PAGES), Errno::ENFILE)?;
        Ok(self.pipes.insert(Pipe {
            buffers: VecDeque::new(),
            pages: DEFAULT_PAGES,
            readers: 0,
            writers: 0,
            reader_opens: 0,
            writer_opens: 0,
        }))
    }

    fn remove_pipe(&mut self, pipe: usize) -> Pipe {
        let pipe = self.pipes.remove(pipe);
        self.discharge(Pipe::heap(pipe.pages));
        pipe
    }

    /// The open pipe behind an inode.
    fn pipe_of(&self, inode: InodeId) -> Option<&Pipe> {
        match self.inode(inode).kind {
            Kind::Fifo(Some(pipe)) => self.pipes.get(pipe),
            _ => None,
        }
    }

    fn pipe_of_mut(&mut self, inode: InodeId) -> Option<&mut Pipe> {
        match self.inode(inode).kind {
            Kind::Fifo(Some(pipe)) => self.pipes.get_mut(pipe),
            _ => None,
        }
    }
}
