// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading and writing regular files.
use crate::content::{Content, FilePage};
use crate::transfer::{Sink, Source};
use crate::{Caller, Event, InodeId, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageId, PageStore};

/// The greatest size of a file and the greatest offset.
pub(crate) const MAX_SIZE: u64 = i64::MAX as u64;

impl Vfs {
    /// Reads from an offset: as many bytes as there are and the sink takes.
    ///
    /// # Errors
    /// EFAULT if the sink takes nothing at all.
    pub(crate) fn read_file<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        offset: u64,
        length: usize,
        sink: &mut impl Sink<S>,
    ) -> Result<usize> {
        let mut done = 0;
        while done < length {
            let Some(content) = self.content(inode) else {
                break;
            };
            let position = offset + done as u64;
            if position >= content.size() {
                break;
            }
            let chunk = content.chunk(position, length - done);
            let taken = sink.put(store, chunk).min(chunk.length());
            done += taken;
            if taken < chunk.length() {
                return if done == 0 {
                    Err(Errno::EFAULT)
                } else {
                    Ok(done)
                };
            }
        }
        Ok(done)
    }

    /// Writes at an offset: as many bytes as the source gives and the store holds.
    ///
    /// # Errors
    /// EFBIG beyond the greatest size or the caller's limit; ENOSPC; EFAULT.
    pub(crate) fn write_file<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        inode: InodeId,
        offset: u64,
        length: usize,
        source: &mut impl Source<S>,
    ) -> Result<usize> {
        if length == 0 {
            return Ok(0);
        }
        let limit = caller.file_size_limit.min(MAX_SIZE);
        if offset >= limit {
            return Err(Errno::EFBIG);
        }
        let length = length.min(usize::try_from(limit - offset).unwrap_or(usize::MAX));
        let written = self.inode_mut(inode);
        written.drop_privileges(&caller.credentials);
        written.touch_modified(caller.now);
        written.changes += 1;
        if let Some(content) = self.content(inode) {
            content.prepare_gap(store, offset);
        }
        let mut done = 0;
        while done < length {
            let position = offset + done as u64;
            let index = position / PAGE_SIZE as u64;
            let start = (position % PAGE_SIZE as u64) as usize;
            let piece = (PAGE_SIZE - start).min(length - done);
            let (page, is_new) = match self.page_for_writing(store, inode, index) {
                Ok(page) => page,
                Err(error) => return if done == 0 { Err(error) } else { Ok(done) },
            };
            let taken = source.take(store, page, start, piece).min(piece);
            if taken == 0 && is_new {
                self.drop_page(store, inode, index);
            }
            done += taken;
            if let Some(content) = self.content_mut(inode).filter(|_| taken > 0) {
                content.grow_to(position + taken as u64);
            }
            if taken < piece {
                return if done == 0 {
                    Err(Errno::EFAULT)
                } else {
                    Ok(done)
                };
            }
        }
        Ok(done)
    }

    /// The page of the store at an index that a call is about to write. Files leave some pages to programs.
    ///
    /// # Errors
    /// ENOSPC when there is no room for files, or the heap for the map is spent.
    pub(crate) fn page_for_writing<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        index: u64,
    ) -> Result<(PageId, bool)> {
        let content = self.content(inode).ok_or(Errno::EINVAL)?;
        if !matches!(content.at(index), FilePage::Page(_)) && !store.has_room_for_files() {
            return Err(Errno::ENOSPC);
        }
        self.resident_page(store, inode, index)
    }

    /// The page of the store at an index; a new one, if there is none, with what was there before.
    ///
    /// # Errors
    /// ENOSPC when the store or the heap for the map is spent.
    pub(crate) fn resident_page<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        index: u64,
    ) -> Result<(PageId, bool)> {
        let content = self.content(inode).ok_or(Errno::EINVAL)?;
        let bytes = match content.at(index) {
            FilePage::Page(page) => return Ok((page, false)),
            FilePage::Archive { bytes, .. } => bytes,
            FilePage::Hole | FilePage::BeyondEnd => &[],
        };
        let heap = if content.has_slot(index) {
            0
        } else {
            Content::SLOT_COST
        };
        self.charge(heap, Errno::ENOSPC)?;
        let Ok(page) = store.allocate() else {
            self.discharge(heap);
            return Err(Errno::ENOSPC);
        };
        self.pages += 1;
        store.bytes_mut(page)[..bytes.len()].copy_from_slice(bytes);
        if let Some(content) = self.content_mut(inode) {
            content.insert(index, page);
        }
        Ok((page, true))
    }

    /// Takes a page out again that [`Vfs::page_for_writing`] made.
    pub(crate) fn drop_page<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        index: u64,
    ) {
        if let Some(content) = self.content_mut(inode) {
            let freed = content.remove(store, index);
            self.account(freed);
        }
    }

    /// Counts what the contents of a file gave back.
    pub(crate) fn account(&mut self, freed: crate::content::Freed) {
        self.pages -= freed.pages;
        self.discharge(freed.heap);
    }

    /// Sets the size of a regular file, as truncate(2) and `O_TRUNC` do.
    pub(crate) fn resize<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        inode: InodeId,
        size: u64,
    ) {
        let changed = self.inode_mut(inode);
        changed.drop_privileges(&caller.credentials);
        changed.touch_modified(caller.now);
        changed.changes += 1;
        self.set_size(store, inode, size);
    }

    fn set_size<S: PageStore + ?Sized>(&mut self, store: &mut S, inode: InodeId, size: u64) {
        let mapped = self.inode(inode).mappings > 0;
        let Some(content) = self.content_mut(inode) else {
            return;
        };
        let old = content.size();
        let freed = content.set_size(store, size);
        self.account(freed);
        if mapped && size < old {
            let first_page = size.div_ceil(PAGE_SIZE as u64);
            let pages = old.div_ceil(PAGE_SIZE as u64) - first_page;
            self.event(Event::Truncated {
                inode,
                first_page,
                pages,
            });
        }
    }

    /// truncate(2).
    ///
    /// # Errors
    /// EISDIR, EINVAL for other types and sizes beyond the greatest, EACCES, ETXTBSY, EFBIG.
    pub fn truncate<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        place: crate::Place,
        size: u64,
    ) -> Result<()> {
        if size > MAX_SIZE {
            return Err(Errno::EINVAL);
        }
        let ownership = self.ownership(caller, place)?;
        let inode = match (ownership.file_type(), self.inode_at(place)) {
            (Some(crate::FileType::Directory), _) => return Err(Errno::EISDIR),
            (Some(crate::FileType::Regular), Some(inode)) => inode,
            (Some(crate::FileType::Regular), None) => return Err(Errno::EACCES),
            _ => return Err(Errno::EINVAL),
        };
        if !ownership.permits(&caller.credentials, c::W_OK) {
            return Err(Errno::EACCES);
        }
        if self.inode(inode).executors > 0 {
            return Err(Errno::ETXTBSY);
        }
        self.check_new_size(caller, inode, size)?;
        if self.inode(inode).size() == size {
            // What was allocated behind the end goes, and that is all.
            self.set_size(store, inode, size);
        } else {
            self.resize(store, caller, inode, size);
        }
        Ok(())
    }

    /// ftruncate(2).
    ///
    /// # Errors
    /// EBADF for `O_PATH`; EINVAL if it is no regular file or not open for writing, or for sizes
    /// beyond the greatest; EFBIG.
    pub fn ftruncate<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        description: crate::DescriptionId,
        size: u64,
    ) -> Result<()> {
        if size > MAX_SIZE {
            return Err(Errno::EINVAL);
        }
        let inode = self.writable_file(description)?;
        self.check_new_size(caller, inode, size)?;
        self.resize(store, caller, inode, size);
        Ok(())
    }

    /// Growing beyond the caller's limit is refused.
    fn check_new_size(&self, caller: &Caller<'_>, inode: InodeId, size: u64) -> Result<()> {
        if size > self.inode(inode).size() && size > caller.file_size_limit {
            return Err(Errno::EFBIG);
        }
        Ok(())
    }
}
