// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipes and FIFOs (pipe(7), fifo(7)): a ring of pages that are taken from the store when bytes
//! come and given back when they are read.
use crate::inode::{Kind, NewInode};
use crate::transfer::{Chunk, Sink, Source, Transfer};
use crate::{
    Caller, DescriptionId, DescriptionKind, Event, InodeId, MountId, Opened, Place, Vfs, Wait,
};
use alloc::collections::VecDeque;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageId, PageStore};

/// Pages in a new pipe: 64 KiB.
const DEFAULT_PAGES: u32 = 16;

/// The most that users other than 0 can ask for (`/proc/sys/fs/pipe-max-size`): 1 MiB.
const MAX_PAGES: u32 = 256;

/// How many empty pages are kept for the next message instead of going back to the store.
const SPARE_PAGES: usize = 4;

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

    /// Keeps an empty page for the next message, or gives it back.
    fn recycle<S: PageStore + ?Sized>(&mut self, store: &mut S, page: PageId) {
        // A page that somebody else refers to as well must not be written again.
        if self.spare_pages.len() < SPARE_PAGES && store.references(page) == 1 {
            self.spare_pages.push(page);
        } else {
            store.release(page);
            self.pages -= 1;
        }
    }

    fn pipe_page<S: PageStore + ?Sized>(&mut self, store: &mut S) -> Result<PageId> {
        if let Some(page) = self.spare_pages.pop() {
            return Ok(page);
        }
        let page = store.allocate().map_err(|_| Errno::ENOMEM)?;
        self.pages += 1;
        Ok(page)
    }

    pub(crate) fn read_pipe<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        inode: InodeId,
        non_blocking: bool,
        length: usize,
        sink: &mut impl Sink<S>,
    ) -> Result<Transfer> {
        if length == 0 {
            return Ok(Transfer::Done(0));
        }
        let (mut done, mut fault) = (0, false);
        while done < length && !fault {
            let chunk = match self.peek_pipe(inode, non_blocking, length - done) {
                Ok(Ok(chunk)) => chunk,
                end if done == 0 => return end.map(|end| end.err().unwrap_or(Transfer::Done(0))),
                _ => break,
            };
            let taken = sink.put(store, chunk).min(chunk.length());
            fault = taken < chunk.length();
            done += taken;
            self.consume_pipe(store, caller, inode, taken);
        }
        if done == 0 {
            return Err(Errno::EFAULT);
        }
        Ok(Transfer::Done(done))
    }

    /// The first bytes in a pipe, which stay there; or how a read ends if there are none.
    pub(crate) fn peek_pipe(
        &self,
        inode: InodeId,
        non_blocking: bool,
        length: usize,
    ) -> Result<core::result::Result<Chunk<'static>, Transfer>> {
        let Some(pipe) = self.pipe_of(inode) else {
            return Ok(Err(Transfer::Done(0)));
        };
        if let Some(first) = pipe.buffers.front() {
            let (page, offset) = (first.page, usize::from(first.offset));
            let length = length.min(usize::from(first.length));
            return Ok(Ok(Chunk::Page {
                page,
                offset,
                length,
            }));
        }
        match (pipe.writers, non_blocking) {
            (0, _) => Ok(Err(Transfer::Done(0))),
            (_, true) => Err(Errno::EAGAIN),
            (_, false) => Ok(Err(Transfer::Wait {
                done: 0,
                on: Wait::Readable(inode),
            })),
        }
    }

    /// Takes bytes out of the first page of a pipe.
    pub(crate) fn consume_pipe<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        inode: InodeId,
        length: usize,
    ) {
        let Some(pipe) = self.pipe_of_mut(inode) else {
            return;
        };
        let Some(first) = pipe.buffers.front_mut() else {
            return;
        };
        let length = first.length.min(length as u16);
        first.offset += length;
        first.length -= length;
        if first.length == 0
            && let Some(empty) = pipe.buffers.pop_front()
        {
            self.recycle(store, empty.page);
            self.event(Event::Wake(Wait::Writable(inode)));
        }
        self.inode_mut(inode).touch_accessed(caller.now);
    }

    /// Writes of up to `PIPE_BUF` bytes are whole: they take a page of their own, or fit behind
    /// what is in the last one.
    pub(crate) fn write_pipe<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        inode: InodeId,
        non_blocking: bool,
        length: usize,
        source: &mut impl Source<S>,
    ) -> Result<Transfer> {
        if length == 0 {
            return Ok(Transfer::Done(0));
        }
        let mut done = 0;
        let mut end = None;
        while done < length {
            let Some(pipe) = self.pipe_of(inode).filter(|pipe| pipe.readers > 0) else {
                end = Some(Err(Errno::EPIPE));
                break;
            };
            // The odd bytes of a write go behind those of the last one, if all of them fit.
            let odd = length % PAGE_SIZE;
            let last = pipe
                .buffers
                .back()
                .filter(|last| done == 0 && odd > 0 && last.room() >= odd);
            if let Some(last) = last {
                let page = last.page;
                let behind = usize::from(last.offset) + usize::from(last.length);
                let taken = source.take(store, page, behind, odd).min(odd);
                let pipe = self.pipe_of_mut(inode);
                if let Some(last) = pipe.and_then(|pipe| pipe.buffers.back_mut()) {
                    last.length += taken as u16;
                }
                done += taken;
                if taken < odd {
                    end = Some(Err(Errno::EFAULT));
                    break;
                }
                continue;
            }
            if pipe.is_full() {
                end = Some(if non_blocking {
                    Err(Errno::EAGAIN)
                } else {
                    Ok(Transfer::Wait {
                        done,
                        on: Wait::Writable(inode),
                    })
                });
                break;
            }
            let piece = (length - done).min(PAGE_SIZE);
            let page = match self.pipe_page(store) {
                Ok(page) => page,
                Err(error) => {
                    end = Some(Err(error));
                    break;
                }
            };
            let taken = source.take(store, page, 0, piece).min(piece);
            if taken == 0 {
                self.recycle(store, page);
            } else if let Some(pipe) = self.pipe_of_mut(inode) {
                pipe.buffers.push_back(Buffer {
                    page,
                    offset: 0,
                    length: taken as u16,
                });
            }
            done += taken;
            if taken < piece {
                end = Some(Err(Errno::EFAULT));
                break;
            }
        }
        if done > 0 {
            self.inode_mut(inode).touch_modified(caller.now);
            self.event(Event::Wake(Wait::Readable(inode)));
        }
        match end {
            Some(Ok(wait)) => Ok(wait),
            Some(Err(error)) if done == 0 => Err(error),
            _ => Ok(Transfer::Done(done)),
        }
    }

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
