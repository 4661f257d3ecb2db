// SPDX-License-Identifier: MIT OR Apache-2.0
//! Places: what a path leads to, what a name stands for, what is above.
use crate::walk::Walk;
use crate::{Base, Caller, DentryId, FileType, InodeId, Place, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

/// Whether the last symbolic link of a path is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follow {
    /// Also the last component, when it is a symbolic link.
    Last,
    /// Not the last one (`AT_SYMLINK_NOFOLLOW`), unless a slash comes behind it.
    NotLast,
}

impl Vfs {
    /// Walks a path. The place is good until the next call that changes something, unless it is
    /// held ([`Vfs::hold`]).
    ///
    /// # Errors
    /// ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG, EBADF.
    pub fn resolve(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        follow: Follow,
    ) -> Result<Place> {
        Walk::new(self, caller, base, path)?.reach_end(follow)
    }

    /// The same with `AT_EMPTY_PATH`: an empty path is what `base` stands for.
    ///
    /// # Errors
    /// As [`Vfs::resolve`].
    pub fn resolve_or_base(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        follow: Follow,
    ) -> Result<Place> {
        if path.is_empty() {
            return self.base_place(caller, base);
        }
        self.resolve(caller, base, path, follow)
    }

    pub(crate) fn base_place(&self, caller: &Caller<'_>, base: Base) -> Result<Place> {
        match base {
            Base::Working => Ok(caller.directories.working),
            Base::Description(description) => Ok(self.descriptor(description).place),
            Base::Bad => Err(Errno::EBADF),
        }
    }

    /// The inode at a place, if there is one.
    pub(crate) fn inode_at(&self, place: Place) -> Option<InodeId> {
        match place {
            Place::Dentry(dentry) => Some(self.dentry(dentry).inode),
            Place::Inode(inode) => Some(inode),
            Place::Synthetic(..) | Place::External(_) => None,
        }
    }

    pub(crate) fn file_type(&self, caller: &Caller<'_>, place: Place) -> Result<Option<FileType>> {
        match place {
            Place::Synthetic(_, node) => {
                Ok(FileType::from_mode(caller.synthetic.attributes(node)?.mode))
            }
            _ => Ok(self
                .inode_at(place)
                .map(|inode| self.inode(inode).file_type())),
        }
    }

    pub(crate) fn is_directory(&self, caller: &Caller<'_>, place: Place) -> Result<bool> {
        Ok(self.file_type(caller, place)? == Some(FileType::Directory))
    }

    /// What a name in a directory stands for, with what is mounted on it.
    pub(crate) fn lookup(
        &self,
        caller: &Caller<'_>,
        directory: Place,
        name: &[u8],
    ) -> Result<Place> {
        match directory {
            // A removed directory has no names, not even impossible ones.
            Place::Dentry(directory) if !self.dentry(directory).linked => Err(Errno::ENOENT),
            _ if name.len() > c::NAME_MAX as usize => Err(Errno::ENAMETOOLONG),
            Place::Dentry(directory) => match self.child(directory, name) {
                Some(child) => Ok(self.cross_mounts(child)),
                None => Err(Errno::ENOENT),
            },
            Place::Synthetic(mount, node) => Ok(Place::Synthetic(
                mount,
                caller.synthetic.lookup(node, name)?,
            )),
            Place::Inode(_) | Place::External(_) => Err(Errno::ENOTDIR),
        }
    }

    /// The directory above, within the caller's root.
    pub(crate) fn parent(&self, caller: &Caller<'_>, place: Place) -> Result<Place> {
        if place == caller.directories.root {
            return Ok(place);
        }
        match place {
            Place::Dentry(dentry) => Ok(self.parent_of_dentry(caller, dentry)),
            Place::Synthetic(mount, node) => Ok(if self.mount_root(mount) == place {
                self.mounted_on(mount)
                    .map_or(place, |on| self.parent_of_dentry(caller, on))
            } else {
                Place::Synthetic(mount, caller.synthetic.parent(node))
            }),
            Place::Inode(_) | Place::External(_) => Err(Errno::ENOTDIR),
        }
    }

    fn parent_of_dentry(&self, caller: &Caller<'_>, mut dentry: DentryId) -> Place {
        loop {
            if Place::Dentry(dentry) == caller.directories.root {
                return Place::Dentry(dentry);
            }
            if let Some(parent) = self.dentry(dentry).parent {
                return self.cross_mounts(parent);
            }
            // The root of a tree: go on from where it is mounted.
            let mount = self.inode(self.dentry(dentry).inode).mount;
            match self
                .mounts
                .get(mount.0 as usize)
                .and_then(|_| self.mounted_on(mount))
            {
                Some(on) => dentry = on,
                None => return Place::Dentry(dentry),
            }
        }
    }
}
