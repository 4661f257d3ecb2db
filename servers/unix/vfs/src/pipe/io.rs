// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes into a pipe and out of it.
use super::Buffer;
use crate::transfer::{Chunk, Sink, Source, Transfer};
use crate::{Caller, Event, InodeId, Vfs, Wait};
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageId, PageStore};

/// How many empty pages are kept for the next message instead of going back to the store.
const SPARE_PAGES: usize = 4;

impl Vfs {
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

    /// Keeps an empty page for the next message, or gives it back.
    pub(super) fn recycle<S: PageStore + ?Sized>(&mut self, store: &mut S, page: PageId) {
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
}
