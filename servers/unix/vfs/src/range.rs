// SPDX-License-Identifier: MIT OR Apache-2.0
//! fallocate(2): memory for a part of a file, and holes in it.
use crate::content::Content;
use crate::file_io::MAX_SIZE;
use crate::{Caller, DescriptionId, DescriptionKind, Event, InodeId, Vfs};
use alloc::vec::Vec;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageStore};

const PAGE: u64 = PAGE_SIZE as u64;

/// Whether some file system has the mode; the descriptor is not even looked at otherwise.
fn is_known(mode: u32) -> bool {
    let keeps = mode & c::FALLOC_FL_KEEP_SIZE != 0;
    match mode & !c::FALLOC_FL_KEEP_SIZE {
        0 | c::FALLOC_FL_ZERO_RANGE | c::FALLOC_FL_UNSHARE_RANGE => true,
        c::FALLOC_FL_PUNCH_HOLE => keeps,
        c::FALLOC_FL_COLLAPSE_RANGE | c::FALLOC_FL_INSERT_RANGE => !keeps,
        _ => false,
    }
}

impl Vfs {
    /// fallocate(2); `mode`: 0, `FALLOC_FL_KEEP_SIZE`, or that with `FALLOC_FL_PUNCH_HOLE`, as
    /// tmpfs has it.
    ///
    /// # Errors
    /// EOPNOTSUPP for other modes; ENOSPC, and then nothing has changed; EBADF, ESPIPE, EISDIR,
    /// ENODEV, EINVAL, EFBIG, ETXTBSY as the manual page has them.
    pub fn allocate_range<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        id: DescriptionId,
        mode: u32,
        offset: u64,
        length: u64,
    ) -> Result<()> {
        let (keep, punch) = (
            c::FALLOC_FL_KEEP_SIZE,
            c::FALLOC_FL_KEEP_SIZE | c::FALLOC_FL_PUNCH_HOLE,
        );
        if length == 0 || offset > MAX_SIZE || length > MAX_SIZE {
            return Err(Errno::EINVAL);
        }
        if !is_known(mode) {
            return Err(Errno::EOPNOTSUPP);
        }
        let description = self.descriptor(id);
        if !description.writable {
            return Err(Errno::EBADF);
        }
        let inode = match description.kind {
            DescriptionKind::Regular(inode) => inode,
            DescriptionKind::Pipe(_) => return Err(Errno::ESPIPE),
            DescriptionKind::Directory => return Err(Errno::EISDIR),
            _ => return Err(Errno::ENODEV),
        };
        let end = offset + length;
        if end > MAX_SIZE {
            return Err(Errno::EFBIG);
        }
        if mode != 0 && mode != keep && mode != punch {
            return Err(Errno::EOPNOTSUPP);
        }
        if mode == punch {
            self.punch_range(store, inode, offset, end)?;
        } else {
            let grows = mode == 0 && end > self.inode(inode).size();
            if grows && end > caller.file_size_limit {
                return Err(Errno::EFBIG);
            }
            self.fill_range(store, inode, offset / PAGE, end.div_ceil(PAGE))?;
            if grows && let Some(content) = self.content_mut(inode) {
                content.grow_to(end);
            }
        }
        let inode = self.inode_mut(inode);
        inode.drop_privileges(&caller.credentials);
        inode.touch_modified(caller.now);
        inode.changes += 1;
        Ok(())
    }

    /// Pages for all holes from `first` to before `end`.
    fn fill_range<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        first: u64,
        end: u64,
    ) -> Result<()> {
        let content = self.content(inode).ok_or(Errno::EINVAL)?;
        // Asked before anything is done: a range of 2^50 pages is refused at once.
        if end - first - content.resident_in(first, end) > store.available_for_files() as u64 {
            return Err(Errno::ENOSPC);
        }
        let mut added = Vec::new();
        for index in first..end {
            match self.page_for_writing(store, inode, index) {
                Ok((_, true)) => added.push(index),
                Ok((_, false)) => {}
                Err(error) => {
                    for index in added {
                        self.drop_page(store, inode, index);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Makes the bytes from `start` to before `end` zero, and gives whole pages back.
    fn punch_range<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        start: u64,
        end: u64,
    ) -> Result<()> {
        let (first, last) = (start.div_ceil(PAGE), end / PAGE);
        if first > last {
            return self.zero_bytes(store, inode, start, end);
        }
        self.zero_bytes(store, inode, start, first * PAGE)?;
        self.zero_bytes(store, inode, last * PAGE, end)?;
        let content = self.content(inode).ok_or(Errno::EINVAL)?;
        let slots = content.slots_to_punch(first, last) as usize;
        let pages = content
            .size()
            .div_ceil(PAGE)
            .min(last)
            .saturating_sub(first);
        self.charge(slots * Content::SLOT_COST, Errno::ENOSPC)?;
        if let Some(content) = self.content_mut(inode) {
            let freed = content.punch(store, first, last);
            self.account(freed);
        }
        if pages > 0 && self.inode(inode).mappings > 0 {
            self.event(Event::Truncated {
                inode,
                first_page: first,
                pages,
            });
        }
        Ok(())
    }

    /// Writes zeros within one page, unless it reads as zeros anyway.
    fn zero_bytes<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        start: u64,
        end: u64,
    ) -> Result<()> {
        let content = self.content(inode).ok_or(Errno::EINVAL)?;
        let hole = matches!(content.at(start / PAGE), crate::FilePage::Hole);
        if start >= end || hole {
            return Ok(());
        }
        let (page, _) = self.page_for_writing(store, inode, start / PAGE)?;
        let (from, length) = ((start % PAGE) as usize, (end - start) as usize);
        store.bytes_mut(page)[from..from + length].fill(0);
        Ok(())
    }
}
