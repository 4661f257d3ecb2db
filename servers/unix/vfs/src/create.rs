// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making names: mkdir(2), mknod(2), symlink(2), link(2).
use crate::content::Content;
use crate::directory::Directory;
use crate::inode::{Kind, NewInode};
use crate::permission::{CHANGE, Ownership, READ, WRITE};
use crate::walk::{Last, Walk};
use crate::{Base, Caller, DentryId, Device, FileType, Follow, InodeId, Place, Vfs};
use alloc::boxed::Box;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

/// What a new file begins with.
pub(crate) struct Creation {
    /// Type and permissions; the umask is applied to them.
    pub mode: u32,
    pub kind: Kind,
}

impl Vfs {
    /// Finds the directory for a new name, and makes sure that the name is free.
    fn place_for_new(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        slash_allowed: bool,
    ) -> Result<(DentryId, Box<[u8]>)> {
        let mut walk = Walk::new(self, caller, base, path)?;
        let Last::Name(name) = walk.reach_last()? else {
            return Err(Errno::EEXIST);
        };
        if let Place::Dentry(directory) = walk.place
            && !self.dentry(directory).linked
        {
            return Err(Errno::ENOENT);
        }
        match self.lookup(caller, walk.place, &name) {
            Ok(_) => return Err(Errno::EEXIST),
            Err(Errno::ENOENT) => {}
            Err(error) => return Err(error),
        }
        if walk.trailing_slash && !slash_allowed {
            return Err(Errno::ENOENT);
        }
        match walk.place {
            Place::Dentry(directory) => Ok((directory, name.into_owned().into())),
            // Nobody makes files in a synthetic file system.
            place => {
                self.check_permission(caller, place, CHANGE)?;
                Err(Errno::EPERM)
            }
        }
    }

    /// Whether names can be added to a directory.
    pub(crate) fn check_addition(&self, caller: &Caller<'_>, directory: DentryId) -> Result<()> {
        if !self.dentry(directory).linked {
            return Err(Errno::ENOENT);
        }
        self.check_permission(caller, Place::Dentry(directory), CHANGE)
    }

    /// Makes a file without a name, as one of a directory. The owner is the caller; the group the
    /// caller's, or the directory's if that has its set-group-ID bit (inode(7)).
    pub(crate) fn add_inode_in(
        &mut self,
        caller: &Caller<'_>,
        directory: InodeId,
        creation: Creation,
    ) -> Result<InodeId> {
        let Creation { mut mode, kind } = creation;
        let parent = self.inode(directory);
        let mut gid = caller.credentials.gid;
        if parent.mode & c::S_ISGID != 0 {
            gid = parent.gid;
            if FileType::from_mode(mode) == Some(FileType::Directory) {
                mode |= c::S_ISGID;
            } else if mode & (c::S_ISGID | c::S_IXGRP) == c::S_ISGID | c::S_IXGRP
                && !caller.credentials.in_group(gid)
                && !caller.credentials.is_privileged()
            {
                mode &= !c::S_ISGID;
            }
        }
        if FileType::from_mode(mode) != Some(FileType::Symlink) {
            mode &= !caller.directories.umask;
        }
        self.add_inode(NewInode {
            mount: parent.mount,
            mode,
            uid: caller.credentials.uid,
            gid,
            now: caller.now,
            kind,
        })
    }

    /// Makes a file with a name that is free.
    pub(crate) fn create(
        &mut self,
        caller: &Caller<'_>,
        directory: DentryId,
        name: Box<[u8]>,
        creation: Creation,
    ) -> Result<DentryId> {
        self.check_addition(caller, directory)?;
        let parent = self.dentry(directory).inode;
        let is_directory = FileType::from_mode(creation.mode) == Some(FileType::Directory);
        let inode = self.add_inode_in(caller, parent, creation)?;
        let dentry = match self.add_dentry(directory, name, inode) {
            Ok(dentry) => dentry,
            Err(error) => {
                self.forget_inode(inode);
                return Err(error);
            }
        };
        self.inode_mut(inode).links = 1 + u32::from(is_directory);
        let parent = self.inode_mut(parent);
        parent.links += u32::from(is_directory);
        parent.touch_modified(caller.now);
        Ok(dentry)
    }

    /// mkdirat(2).
    ///
    /// # Errors
    /// As the manual page has them.
    pub fn mkdir(&mut self, caller: &Caller<'_>, base: Base, path: &[u8], mode: u32) -> Result<()> {
        let (directory, name) = self.place_for_new(caller, base, path, true)?;
        let mode = c::S_IFDIR | mode & 0o1777;
        let kind = Kind::Directory(Directory::new());
        self.create(caller, directory, name, Creation { mode, kind })
            .map(|_| ())
    }

    /// mknodat(2): regular files, FIFOs, device nodes, sockets' names. A mode without type bits is
    /// a regular file.
    ///
    /// # Errors
    /// EPERM for directories, and for devices by users other than 0; EINVAL for other types; and
    /// as the manual page has them.
    pub fn mknod(
        &mut self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        mode: u32,
        device: Device,
    ) -> Result<()> {
        let mode = if mode & c::S_IFMT == 0 {
            mode | c::S_IFREG
        } else {
            mode
        };
        let kind = match FileType::from_mode(mode) {
            Some(FileType::Regular) => Kind::Regular(Content::default()),
            Some(FileType::Fifo) => Kind::Fifo(None),
            Some(FileType::Socket) => Kind::Socket,
            Some(FileType::CharacterDevice | FileType::BlockDevice) => Kind::Device(device),
            Some(FileType::Directory) => return Err(Errno::EPERM),
            Some(FileType::Symlink) | None => return Err(Errno::EINVAL),
        };
        let (directory, name) = self.place_for_new(caller, base, path, false)?;
        if matches!(kind, Kind::Device(_)) && !caller.credentials.is_privileged() {
            self.check_addition(caller, directory)?;
            return Err(Errno::EPERM);
        }
        let mode = mode & (c::S_IFMT | 0o7777);
        self.create(caller, directory, name, Creation { mode, kind })
            .map(|_| ())
    }

    /// symlinkat(2).
    ///
    /// # Errors
    /// As the manual page has them.
    pub fn symlink(
        &mut self,
        caller: &Caller<'_>,
        target: &[u8],
        base: Base,
        path: &[u8],
    ) -> Result<()> {
        if target.is_empty() {
            return Err(Errno::ENOENT);
        }
        if target.len() >= c::PATH_MAX as usize {
            return Err(Errno::ENAMETOOLONG);
        }
        let (directory, name) = self.place_for_new(caller, base, path, false)?;
        let creation = Creation {
            mode: c::S_IFLNK | 0o777,
            kind: Kind::Symlink(target.into()),
        };
        self.create(caller, directory, name, creation).map(|_| ())
    }

    /// linkat(2); `flags`: `AT_SYMLINK_FOLLOW`, `AT_EMPTY_PATH`.
    ///
    /// # Errors
    /// As the manual page has them.
    pub fn link(
        &mut self,
        caller: &Caller<'_>,
        old: (Base, &[u8]),
        new: (Base, &[u8]),
        flags: u32,
    ) -> Result<()> {
        if flags & !(c::AT_SYMLINK_FOLLOW | c::AT_EMPTY_PATH) != 0 {
            return Err(Errno::EINVAL);
        }
        let follow = if flags & c::AT_SYMLINK_FOLLOW != 0 {
            Follow::Last
        } else {
            Follow::NotLast
        };
        // Without CAP_DAC_READ_SEARCH an empty path means nothing.
        let empty_allowed = flags & c::AT_EMPTY_PATH != 0 && caller.credentials.is_privileged();
        let old = if empty_allowed {
            self.resolve_or_base(caller, old.0, old.1, follow)?
        } else {
            self.resolve(caller, old.0, old.1, follow)?
        };
        let (directory, name) = self.place_for_new(caller, new.0, new.1, false)?;
        let mount = self.inode(self.dentry(directory).inode).mount;
        let inode = match self.inode_at(old) {
            Some(inode) if self.inode(inode).mount == mount => inode,
            _ => return Err(Errno::EXDEV),
        };
        if !self.may_link(caller, inode) {
            return Err(Errno::EPERM);
        }
        self.check_addition(caller, directory)?;
        if self.inode_is_directory(inode) {
            return Err(Errno::EPERM);
        }
        if self.inode(inode).links == 0 && !self.inode(inode).linkable {
            return Err(Errno::ENOENT);
        }
        if self.inode(inode).links == u32::MAX {
            return Err(Errno::EMLINK);
        }
        self.add_dentry(directory, name, inode)?;
        let linked = self.inode_mut(inode);
        linked.links += 1;
        linked.linkable = false;
        linked.changed = caller.now;
        let parent = self.dentry(directory).inode;
        self.inode_mut(parent).touch_modified(caller.now);
        Ok(())
    }

    /// Whether the caller may give a file another name (proc_sys_fs(5), `protected_hardlinks`, as
    /// distributions set it): its own, or one that it can read and write and that gives it no other
    /// identity.
    fn may_link(&self, caller: &Caller<'_>, inode: InodeId) -> bool {
        let inode = self.inode(inode);
        let ownership = Ownership {
            mode: inode.mode,
            uid: inode.uid,
            gid: inode.gid,
        };
        let both = c::S_ISGID | c::S_IXGRP;
        ownership.owned(&caller.credentials)
            || inode.file_type() == FileType::Regular
                && inode.mode & c::S_ISUID == 0
                && inode.mode & both != both
                && ownership.permits(&caller.credentials, READ | WRITE)
    }

    /// Takes an inode back that nothing refers to yet.
    pub(crate) fn forget_inode(&mut self, inode: InodeId) {
        let inode = self.inodes.remove(inode.0 as usize);
        let target = match &inode.kind {
            Kind::Symlink(target) => target.len(),
            _ => 0,
        };
        self.discharge(crate::inode::Inode::COST + target);
    }
}
