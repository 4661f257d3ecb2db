// SPDX-License-Identifier: MIT OR Apache-2.0
//! Removing names: unlink(2), rmdir(2).
use crate::permission::CHANGE;
use crate::walk::{Last, Walk};
use crate::{Base, Caller, DentryId, Place, Timestamp, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

impl Vfs {
    /// unlinkat(2); `flags`: 0 for unlink(2), `AT_REMOVEDIR` for rmdir(2). The file itself goes
    /// with its last name and last description.
    ///
    /// # Errors
    /// As the manual pages have them.
    pub fn unlink<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
    ) -> Result<()> {
        if flags & !c::AT_REMOVEDIR != 0 {
            return Err(Errno::EINVAL);
        }
        let directory_wanted = flags & c::AT_REMOVEDIR != 0;
        let dentry = self.find_victim(caller, base, path, directory_wanted)?;
        self.check_removal(caller, dentry, directory_wanted)?;
        if directory_wanted && !self.directory(dentry).is_empty() {
            return Err(Errno::ENOTEMPTY);
        }
        self.remove_entry(store, dentry, caller.now);
        Ok(())
    }

    fn find_victim(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        directory_wanted: bool,
    ) -> Result<DentryId> {
        let mut walk = Walk::new(self, caller, base, path)?;
        let name = match walk.reach_last()? {
            Last::Name(name) => name,
            _ if !directory_wanted => return Err(Errno::EISDIR),
            Last::Dot => return Err(Errno::EINVAL),
            Last::DotDot => return Err(Errno::ENOTEMPTY),
            Last::Root => return Err(Errno::EBUSY),
        };
        let Place::Dentry(directory) = walk.place else {
            self.lookup(caller, walk.place, &name)?;
            self.check_permission(caller, walk.place, CHANGE)?;
            return Err(Errno::EPERM);
        };
        self.lookup(caller, walk.place, &name)?;
        let dentry = self.child(directory, &name).ok_or(Errno::ENOENT)?;
        if !directory_wanted && walk.trailing_slash {
            let is_directory = self.inode_is_directory(self.dentry(dentry).inode);
            return Err(if is_directory {
                Errno::EISDIR
            } else {
                Errno::ENOTDIR
            });
        }
        Ok(dentry)
    }

    /// Whether the caller may take an entry out of its directory.
    pub(crate) fn check_removal(
        &self,
        caller: &Caller<'_>,
        dentry: DentryId,
        directory_wanted: bool,
    ) -> Result<()> {
        let entry = self.dentry(dentry);
        let Some(parent) = entry.parent else {
            return Err(Errno::EBUSY);
        };
        self.check_permission(caller, Place::Dentry(parent), CHANGE)?;
        let (inode, directory) = (
            self.inode(entry.inode),
            self.inode(self.dentry(parent).inode),
        );
        let uid = caller.credentials.uid;
        if directory.mode & c::S_ISVTX != 0
            && uid != inode.uid
            && uid != directory.uid
            && !caller.credentials.is_privileged()
        {
            return Err(Errno::EPERM);
        }
        match (directory_wanted, self.inode_is_directory(entry.inode)) {
            (true, false) => Err(Errno::ENOTDIR),
            (false, true) => Err(Errno::EISDIR),
            _ if entry.mounted.is_some() => Err(Errno::EBUSY),
            _ => Ok(()),
        }
    }

    /// Takes an entry out of its directory, with one link of its inode (all of an empty directory's).
    pub(crate) fn remove_entry<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        dentry: DentryId,
        now: Timestamp,
    ) {
        self.unlink_dentry(dentry);
        self.drop_link(store, dentry, now);
    }

    /// What follows when a dentry was taken out of its directory: link counts and time stamps of
    /// its inode and of the directory.
    pub(crate) fn drop_link<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        dentry: DentryId,
        now: Timestamp,
    ) {
        let (inode, parent) = (self.dentry(dentry).inode, self.dentry(dentry).parent);
        let is_directory = self.inode_is_directory(inode);
        let inode = self.inode_mut(inode);
        inode.links = if is_directory { 0 } else { inode.links - 1 };
        inode.changed = now;
        if let Some(parent) = parent {
            let parent = self.dentry(parent).inode;
            let parent = self.inode_mut(parent);
            parent.links -= u32::from(is_directory);
            parent.touch_modified(now);
        }
        self.reap_dentry(store, dentry);
    }
}
