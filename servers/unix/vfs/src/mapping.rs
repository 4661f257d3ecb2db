// SPDX-License-Identifier: MIT OR Apache-2.0
//! What memory mapping needs of a regular file (mmap(2)).
use crate::content::FilePage;
use crate::{Caller, InodeId, Vfs};
use unix_abi::{Errno, Result};
use unix_pages::{PageId, PageStore};

impl Vfs {
    /// Keeps a regular file for a mapping, and asks for [`crate::Event::Truncated`].
    pub fn hold_mapping(&mut self, inode: InodeId) {
        let inode = self.inode_mut(inode);
        inode.references += 1;
        inode.mappings += 1;
    }

    /// A mapping is gone.
    pub fn release_mapping<S: PageStore + ?Sized>(&mut self, store: &mut S, inode: InodeId) {
        self.inode_mut(inode).mappings -= 1;
        self.release_inode(store, inode);
    }

    /// What is at a page of a file now. For mappings that later writes to the file do not have to
    /// show up in; else [`Vfs::cache_page`].
    pub fn page_for_mapping(&self, inode: InodeId, index: u64) -> FilePage {
        self.content(inode)
            .map_or(FilePage::BeyondEnd, |content| content.for_mapping(index))
    }

    /// The page of the store at an index, made one if it is a hole or in the archive, so that the
    /// mapping, other mappings and writes to the file see the same bytes. No reference is taken for
    /// the caller.
    ///
    /// # Errors
    /// EFAULT beyond the end of the file (SIGBUS); ENOSPC when the store is spent.
    pub fn cache_page<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        index: u64,
    ) -> Result<PageId> {
        match self.page_for_mapping(inode, index) {
            FilePage::Page(page) => Ok(page),
            FilePage::BeyondEnd => Err(Errno::EFAULT),
            FilePage::Hole | FilePage::Archive { .. } => self
                .resident_page(store, inode, index)
                .map(|(page, _)| page),
        }
    }

    /// Size of a file in bytes; 0 for what is no regular file.
    pub fn file_size(&self, inode: InodeId) -> u64 {
        self.content(inode).map_or(0, |content| content.size())
    }

    /// Counts writes, changes of size and [`Vfs::touch_mapped`]: as long as it stays the same, so
    /// do the contents.
    pub fn change_counter(&self, inode: InodeId) -> u64 {
        self.inode(inode).changes
    }

    /// Somebody wrote through a shared mapping.
    pub fn touch_mapped(&mut self, caller: &Caller<'_>, inode: InodeId) {
        let inode = self.inode_mut(inode);
        inode.touch_modified(caller.now);
        inode.changes += 1;
    }
}
