// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a directory's inode holds: the order of its entries. Names are found in the
//! [`crate::dentry::NameTable`].
use crate::inode::{Kind, NewInode};
use crate::{DentryId, MountId, Timestamp, Vfs, dentry::Dentry};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

/// Entries by cookie. Cookies only grow, so a listing that goes on behind a cookie neither repeats
/// nor misses entries that were there all the time.
pub(crate) struct Directory {
    entries: BTreeMap<u64, DentryId>,
    next_cookie: u64,
}

impl Directory {
    /// The first cookie of an entry: 1 and 2 are those behind `.` and `..`.
    pub const FIRST_COOKIE: u64 = 3;

    pub fn new() -> Self {
        Self {
            entries: BTreeMap::new(),
            next_cookie: Self::FIRST_COOKIE,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// `st_size`: 20 for each entry with `.` and `..`, as tmpfs has it.
    pub fn size(&self) -> u64 {
        (self.entries.len() as u64 + 2) * 20
    }

    pub fn add(&mut self, dentry: DentryId) -> u64 {
        let cookie = self.next_cookie;
        self.next_cookie += 1;
        self.entries.insert(cookie, dentry);
        cookie
    }

    pub fn remove(&mut self, cookie: u64) {
        self.entries.remove(&cookie);
    }

    /// Puts another entry into the place of one.
    pub fn replace(&mut self, cookie: u64, dentry: DentryId) {
        self.entries.insert(cookie, dentry);
    }

    /// The cookie that the next new entry gets.
    pub fn next_cookie(&self) -> u64 {
        self.next_cookie
    }

    /// The entries from a cookie on to before another, with their cookies.
    pub fn between(&self, cookie: u64, end: u64) -> impl Iterator<Item = (u64, DentryId)> + '_ {
        self.entries
            .range(cookie..end.max(cookie))
            .map(|(&cookie, &dentry)| (cookie, dentry))
    }
}

impl Vfs {
    /// The directory behind an entry that is known to be one.
    pub(crate) fn directory(&self, dentry: DentryId) -> &Directory {
        match &self.inode(self.dentry(dentry).inode).kind {
            Kind::Directory(directory) => directory,
            _ => unreachable!("an entry whose inode is no directory has no children"),
        }
    }

    pub(crate) fn directory_mut(&mut self, dentry: DentryId) -> &mut Directory {
        let inode = self.dentry(dentry).inode;
        match &mut self.inode_mut(inode).kind {
            Kind::Directory(directory) => directory,
            _ => unreachable!("an entry whose inode is no directory has no children"),
        }
    }

    /// The root directory of a new tree.
    ///
    /// # Errors
    /// ENOSPC beyond the limits.
    pub(crate) fn add_root_directory(
        &mut self,
        mount: MountId,
        permissions: u32,
        now: Timestamp,
    ) -> Result<DentryId> {
        self.charge(Dentry::COST, Errno::ENOSPC)?;
        let inode = self.add_inode(NewInode {
            mount,
            mode: c::S_IFDIR | permissions & 0o7777,
            uid: 0,
            gid: 0,
            now,
            kind: Kind::Directory(Directory::new()),
        });
        let inode = inode.inspect_err(|_| self.discharge(Dentry::COST))?;
        self.inode_mut(inode).links = 2;
        self.inode_mut(inode).references = 1;
        Ok(DentryId(self.dentries.insert(Dentry {
            name: Box::default(),
            inode,
            parent: None,
            cookie: 0,
            references: 0,
            linked: true,
            mounted: None,
        }) as u32))
    }
}
