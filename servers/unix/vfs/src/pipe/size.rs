// SPDX-License-Identifier: MIT OR Apache-2.0
//! How full a pipe is, and how much fits into it.
use super::Pipe;
use crate::{Caller, DescriptionId, DescriptionKind, Event, InodeId, Vfs, Wait};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PAGE_SIZE;

/// The most that users other than 0 can ask for (`/proc/sys/fs/pipe-max-size`): 1 MiB.
const MAX_PAGES: u32 = 256;

impl Vfs {
    /// What poll(2) reports of a pipe.
    pub(crate) fn pipe_readiness(&self, id: DescriptionId, inode: InodeId) -> u32 {
        let description = self.descriptor(id);
        let Some(pipe) = self.pipe_of(inode) else {
            return 0;
        };
        let mut ready = 0;
        if description.readable {
            if !pipe.buffers.is_empty() {
                ready |= c::POLLIN | c::POLLRDNORM;
            }
            // One that was opened before any writer came is not hung up.
            if pipe.writers == 0 && description.partners_seen != pipe.writer_opens {
                ready |= c::POLLHUP;
            }
        }
        if description.writable {
            if !pipe.is_full() {
                ready |= c::POLLOUT | c::POLLWRNORM;
            }
            if pipe.readers == 0 {
                ready |= c::POLLERR;
            }
        }
        ready
    }

    /// Bytes that wait in a pipe.
    pub(crate) fn pipe_bytes(&self, inode: InodeId) -> u64 {
        self.pipe_of(inode).map_or(0, Pipe::bytes)
    }

    fn open_pipe(&self, id: DescriptionId) -> Result<(InodeId, &Pipe)> {
        match self.descriptor(id).kind {
            DescriptionKind::Pipe(inode) => self
                .pipe_of(inode)
                .map(|pipe| (inode, pipe))
                .ok_or(Errno::EBADF),
            _ => Err(Errno::EBADF),
        }
    }

    /// fcntl(2), `F_GETPIPE_SZ`: bytes that fit.
    ///
    /// # Errors
    /// EBADF if it is no pipe.
    pub fn pipe_size(&self, id: DescriptionId) -> Result<u32> {
        Ok(self.open_pipe(id)?.1.pages * PAGE_SIZE as u32)
    }

    /// fcntl(2), `F_SETPIPE_SZ`: rounded up to a power of two of pages; the new size.
    ///
    /// # Errors
    /// EBADF if it is no pipe; EINVAL; EPERM above 1 MiB for users other than 0; EBUSY if there is
    /// more in it; ENOMEM beyond the limits.
    pub fn set_pipe_size(
        &mut self,
        caller: &Caller<'_>,
        id: DescriptionId,
        size: u32,
    ) -> Result<u32> {
        let (inode, pipe) = self.open_pipe(id)?;
        if size > 1 << 31 {
            return Err(Errno::EINVAL);
        }
        let pages = size.div_ceil(PAGE_SIZE as u32).max(1).next_power_of_two();
        let (old_pages, used) = (pipe.pages, pipe.buffers.len());
        if pages > old_pages && pages > MAX_PAGES && !caller.credentials.is_privileged() {
            return Err(Errno::EPERM);
        }
        if used > pages as usize {
            return Err(Errno::EBUSY);
        }
        let (old, new) = (Pipe::heap(old_pages), Pipe::heap(pages));
        if new > old {
            self.charge(new - old, Errno::ENOMEM)?;
        } else {
            self.discharge(old - new);
        }
        if let Some(pipe) = self.pipe_of_mut(inode) {
            pipe.pages = pages;
            pipe.buffers.shrink_to(pages as usize);
        }
        if pages > old_pages {
            self.event(Event::Wake(Wait::Writable(inode)));
        }
        Ok(pages * PAGE_SIZE as u32)
    }
}
