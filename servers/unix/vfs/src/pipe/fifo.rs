// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ends that open and close: FIFOs, and pipes through their links in `/proc/PID/fd`.
use crate::inode::Kind;
use crate::{DescriptionId, DescriptionKind, Event, InodeId, MountId, Opened, Place, Vfs, Wait};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

impl Vfs {
    /// Opens a FIFO, or a pipe anew through a link in `/proc/PID/fd`.
    pub(crate) fn open_fifo(&mut self, inode: InodeId, place: Place, flags: u32) -> Result<Opened> {
        let access = flags & c::O_ACCMODE;
        if access == c::O_ACCMODE {
            return Err(Errno::EINVAL);
        }
        let non_blocking = flags & c::O_NONBLOCK != 0;
        let no_reader = self.pipe_of(inode).is_none_or(|pipe| pipe.readers == 0);
        let named = self.inode(inode).mount != MountId::NONE;
        if access == c::O_WRONLY && non_blocking && no_reader && named {
            return Err(Errno::ENXIO);
        }
        let (pipe, is_new) = match self.inode(inode).kind {
            Kind::Fifo(Some(pipe)) => (pipe, false),
            _ => (self.add_pipe()?, true),
        };
        let id = match self.add_description(DescriptionKind::Pipe(inode), place, flags) {
            Ok(id) => id,
            Err(error) => {
                if is_new {
                    self.remove_pipe(pipe);
                }
                return Err(error);
            }
        };
        self.inode_mut(inode).kind = Kind::Fifo(Some(pipe));
        let (reads, writes) = (self.descriptor(id).readable, self.descriptor(id).writable);
        let pipe = &mut self.pipes[pipe];
        pipe.readers += u32::from(reads);
        pipe.writers += u32::from(writes);
        pipe.reader_opens = pipe.reader_opens.wrapping_add(u32::from(reads));
        pipe.writer_opens = pipe.writer_opens.wrapping_add(u32::from(writes));
        let (waits, opens) = match (reads, writes) {
            (true, false) => (named && pipe.writers == 0, pipe.writer_opens),
            (false, true) => (named && pipe.readers == 0, pipe.reader_opens),
            _ => (false, 1),
        };
        self.descriptor_mut(id).partners_seen = if waits { opens } else { opens.wrapping_sub(1) };
        self.event(Event::Wake(Wait::FifoOpened(inode)));
        if waits && !non_blocking {
            return Ok(Opened::Wait(id, Wait::FifoOpened(inode)));
        }
        Ok(Opened::Done(id))
    }

    /// Whether an open that had to wait ([`Opened::Wait`]) is complete now.
    pub fn open_continue(&self, id: DescriptionId) -> Opened {
        let description = self.descriptor(id);
        let DescriptionKind::Pipe(inode) = description.kind else {
            return Opened::Done(id);
        };
        let Some(pipe) = self.pipe_of(inode) else {
            return Opened::Done(id);
        };
        let opens = if description.readable {
            pipe.writer_opens
        } else {
            pipe.reader_opens
        };
        if opens == description.partners_seen {
            Opened::Wait(id, Wait::FifoOpened(inode))
        } else {
            Opened::Done(id)
        }
    }

    /// One end less. With the last one the bytes that nobody read go.
    pub(crate) fn close_pipe<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        reads: bool,
        writes: bool,
    ) {
        let Kind::Fifo(Some(index)) = self.inode(inode).kind else {
            return;
        };
        let pipe = &mut self.pipes[index];
        pipe.readers -= u32::from(reads);
        pipe.writers -= u32::from(writes);
        let (readers, writers) = (pipe.readers, pipe.writers);
        if readers == 0 && writers == 0 {
            self.inode_mut(inode).kind = Kind::Fifo(None);
            for buffer in self.remove_pipe(index).buffers {
                self.recycle(store, buffer.page);
            }
            return;
        }
        // Both sides look again: whoever reads sees the end, whoever writes EPIPE.
        if writes && writers == 0 {
            self.event(Event::Wake(Wait::Readable(inode)));
        }
        if reads && readers == 0 {
            self.event(Event::Wake(Wait::Writable(inode)));
        }
    }
}
