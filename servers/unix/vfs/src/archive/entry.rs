// SPDX-License-Identifier: MIT OR Apache-2.0
//! From one entry of an archive to a file.
use super::{Entry, HardLinks};
use crate::content::Content;
use crate::create::Creation;
use crate::directory::Directory;
use crate::inode::Kind;
use crate::{Base, Caller, DentryId, Device, Directories, FileType, Follow, Place, Timestamp, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

impl Vfs {
    pub(super) fn add_entry<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        entry: &Entry<'_>,
        links: &mut HardLinks,
    ) -> Result<()> {
        let name = entry.name.strip_suffix(b"/").unwrap_or(entry.name);
        let mut parts = name
            .split(|&byte| byte == b'/')
            .filter(|part| !part.is_empty());
        if parts.clone().any(|part| part == b"..") {
            return Err(Errno::EINVAL);
        }
        let file_type = FileType::from_mode(entry.header.mode).ok_or(Errno::EINVAL)?;
        let Some(last) = parts.rfind(|part| *part != b".") else {
            // The root directory itself.
            let Place::Dentry(root) = self.root() else {
                return Err(Errno::EROFS);
            };
            return self.set_attributes(root, entry, file_type);
        };
        let mut directory = caller.directories.root;
        for part in parts.filter(|part| *part != b".") {
            directory = self.enter(caller, directory, part)?;
        }
        let Place::Dentry(directory) = directory else {
            return Err(Errno::EROFS);
        };
        if let Some(old) = self.child(directory, last) {
            let is_directory = self.inode_is_directory(self.dentry(old).inode);
            match (is_directory, file_type == FileType::Directory) {
                (true, true) => return self.set_attributes(old, entry, file_type),
                (true, false) => return Err(Errno::EISDIR),
                (false, _) => self.remove_entry(store, old, caller.now),
            }
        }
        let dentry = self.add_from_archive(caller, directory, last, entry, file_type, links)?;
        self.set_attributes(dentry, entry, file_type)
    }

    /// The directory with a name in another one, through symbolic links; made if it is missing.
    fn enter(&mut self, caller: &Caller<'_>, directory: Place, name: &[u8]) -> Result<Place> {
        let Place::Dentry(dentry) = directory else {
            return Err(Errno::EROFS);
        };
        let place = match self.child(dentry, name) {
            None => {
                let mode = c::S_IFDIR | 0o755;
                let kind = Kind::Directory(Directory::new());
                let new = self.create(caller, dentry, name.into(), Creation { mode, kind })?;
                Place::Dentry(new)
            }
            Some(child) => match &self.inode(self.dentry(child).inode).kind {
                Kind::Symlink(target) => {
                    let here = Directories {
                        working: directory,
                        ..*caller.directories
                    };
                    let caller = Caller {
                        directories: &here,
                        ..*caller
                    };
                    self.resolve(&caller, Base::Working, target, Follow::Last)?
                }
                _ => self.cross_mounts(child),
            },
        };
        if self.is_directory(caller, place)? {
            Ok(place)
        } else {
            Err(Errno::ENOTDIR)
        }
    }

    fn add_from_archive(
        &mut self,
        caller: &Caller<'_>,
        directory: DentryId,
        name: &[u8],
        entry: &Entry<'_>,
        file_type: FileType,
        links: &mut HardLinks,
    ) -> Result<DentryId> {
        let header = entry.header;
        let key = (header.devmajor, header.devminor, header.ino);
        let linked = header.nlink > 1 && file_type != FileType::Directory;
        if let Some(&inode) = links.get(&key).filter(|_| linked) {
            let dentry = self.add_dentry(directory, name.into(), inode)?;
            self.inode_mut(inode).links += 1;
            // One of the names brings the contents, usually the last.
            if let Kind::Regular(content) = &mut self.inode_mut(inode).kind
                && !entry.bytes.is_empty()
            {
                *content = Content::from_archive(entry.bytes, entry.offset);
            }
            return Ok(dentry);
        }
        let special = Device {
            major: header.rdevmajor,
            minor: header.rdevminor,
        };
        let kind = match file_type {
            FileType::Regular => Kind::Regular(Content::from_archive(entry.bytes, entry.offset)),
            FileType::Directory => Kind::Directory(Directory::new()),
            FileType::Symlink if entry.bytes.is_empty() => return Err(Errno::EINVAL),
            FileType::Symlink if entry.bytes.len() >= c::PATH_MAX as usize => {
                return Err(Errno::ENAMETOOLONG);
            }
            FileType::Symlink => Kind::Symlink(entry.bytes.into()),
            FileType::CharacterDevice | FileType::BlockDevice => Kind::Device(special),
            FileType::Fifo => Kind::Fifo(None),
            FileType::Socket => Kind::Socket,
        };
        if name.len() > c::NAME_MAX as usize {
            return Err(Errno::ENAMETOOLONG);
        }
        let creation = Creation {
            mode: header.mode,
            kind,
        };
        let dentry = self.create(caller, directory, name.into(), creation)?;
        if linked {
            links.insert(key, self.dentry(dentry).inode);
        }
        Ok(dentry)
    }

    fn set_attributes(
        &mut self,
        dentry: DentryId,
        entry: &Entry<'_>,
        file_type: FileType,
    ) -> Result<()> {
        let id = self.dentry(dentry).inode;
        let inode = self.inode_mut(id);
        if inode.file_type() != file_type {
            return Err(Errno::ENOTDIR);
        }
        inode.mode = file_type.mode_bits() | entry.header.mode & 0o7777;
        inode.uid = entry.header.uid;
        inode.gid = entry.header.gid;
        let time = Timestamp {
            seconds: i64::from(entry.header.mtime),
            nanoseconds: 0,
        };
        inode.modified = time;
        inode.accessed = time;
        Ok(())
    }
}
