// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens that are not for reading and writing a named file: `O_PATH`, `O_TMPFILE`, execve(2).
use super::Found;
use super::Opened;
use crate::content::Content;
use crate::create::Creation;
use crate::inode::Kind;
use crate::permission::{CHANGE, SEARCH};
use crate::{Base, Caller, DescriptionId, DescriptionKind, FileType, Follow, Place, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

impl Vfs {
    pub(super) fn open_path(
        &mut self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
    ) -> Result<Opened> {
        let flags = flags & (c::O_PATH | c::O_DIRECTORY | c::O_NOFOLLOW);
        let Found::Existing(place) = self.find_for_open(caller, base, path, flags)? else {
            return Err(Errno::ENOENT);
        };
        self.add_description(DescriptionKind::Path, place, flags)
            .map(Opened::Done)
    }

    /// `O_TMPFILE`: a regular file without a name.
    pub(super) fn open_unnamed(
        &mut self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
        mode: u32,
    ) -> Result<Opened> {
        if flags & c::O_TMPFILE != c::O_TMPFILE || flags & c::O_ACCMODE == c::O_RDONLY {
            return Err(Errno::EINVAL);
        }
        if flags & c::O_CREAT != 0 {
            return Err(Errno::EINVAL);
        }
        let follow = if flags & c::O_NOFOLLOW == 0 {
            Follow::Last
        } else {
            Follow::NotLast
        };
        let place = self.resolve(caller, base, path, follow)?;
        if !self.is_directory(caller, place)? {
            return Err(Errno::ENOTDIR);
        }
        self.check_permission(caller, place, CHANGE)?;
        let Place::Dentry(directory) = place else {
            return Err(Errno::EOPNOTSUPP);
        };
        let creation = Creation {
            mode: c::S_IFREG | mode & 0o7777,
            kind: Kind::Regular(Content::default()),
        };
        let inode = self.add_inode_in(caller, self.dentry(directory).inode, creation)?;
        self.inode_mut(inode).linkable = flags & c::O_EXCL == 0;
        let kind = DescriptionKind::Regular(inode);
        match self.add_description(kind, Place::Inode(inode), flags) {
            Ok(description) => Ok(Opened::Done(description)),
            Err(error) => {
                self.forget_inode(inode);
                Err(error)
            }
        }
    }

    /// Opens a program for execve(2): a regular file that the caller may execute. While the
    /// description lives, nobody opens the file for writing.
    ///
    /// # Errors
    /// EACCES; ETXTBSY while it is open for writing; ELOOP for a symbolic link with `NotLast`.
    pub fn open_executable(
        &mut self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        follow: Follow,
        empty_path: bool,
    ) -> Result<DescriptionId> {
        let place = if empty_path {
            self.resolve_or_base(caller, base, path, follow)?
        } else {
            self.resolve(caller, base, path, follow)?
        };
        let ownership = self.ownership(caller, place)?;
        let inode = match (ownership.file_type(), self.inode_at(place)) {
            (Some(FileType::Symlink), _) => return Err(Errno::ELOOP),
            (Some(FileType::Regular), Some(inode)) => inode,
            _ => return Err(Errno::EACCES),
        };
        if !ownership.permits(&caller.credentials, SEARCH) {
            return Err(Errno::EACCES);
        }
        if self.inode(inode).writers > 0 {
            return Err(Errno::ETXTBSY);
        }
        let kind = DescriptionKind::Regular(inode);
        let description = self.add_description(kind, place, c::O_RDONLY)?;
        self.descriptor_mut(description).executes = true;
        self.inode_mut(inode).executors += 1;
        Ok(description)
    }
}
