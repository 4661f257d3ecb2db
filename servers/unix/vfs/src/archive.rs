// SPDX-License-Identifier: MIT OR Apache-2.0
//! Filling the tree from the boot archive: cpio in the "new ASCII" format (cpio(5)), the format of
//! Linux's initramfs. Several archives may follow each other, padded with zeros; later entries
//! replace earlier ones.
use crate::content::Content;
use crate::create::Creation;
use crate::directory::Directory;
use crate::inode::Kind;
use crate::{
    Base, Caller, Credentials, DentryId, Device, Directories, FileType, Follow, InodeId,
    NoSynthetic, Place, Timestamp, Vfs,
};
use alloc::collections::BTreeMap;
use alloc::string::String;
use core::fmt;
use hadris_cpio::{CpioArchiveReader, CpioEntryHeader, CpioMagic};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

/// Why an archive cannot be used. The offsets are in bytes from its start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArchiveError {
    /// There is no entry in it.
    Empty,
    /// It ends in the middle of an entry, or without its end mark.
    Cut {
        /// Where the entry begins that is not complete.
        offset: usize,
    },
    /// Something else than an entry is there.
    NotCpio {
        /// Where.
        offset: usize,
    },
    /// An entry is damaged.
    Damaged {
        /// Where the entry begins.
        offset: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry cannot be made.
    Refused {
        /// Its name.
        name: String,
        /// Why not: ENOSPC (too many files for the limits), ENAMETOOLONG, ENOTDIR …
        error: Errno,
    },
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the archive is empty: put at least one file into it"),
            Self::Cut { offset } => write!(
                f,
                "the archive is cut short in or before the entry at byte {offset}: make it again"
            ),
            Self::NotCpio { offset } => write!(
                f,
                "there is no cpio entry at byte {offset}: the archive has to be in the newc format \
                 (cpio -H newc), not compressed"
            ),
            Self::Damaged { offset, reason } => {
                write!(
                    f,
                    "the entry at byte {offset} of the archive is damaged: {reason}"
                )
            }
            Self::Refused { name, error } => {
                write!(f, "the archive's entry {name} cannot be made: {error}")
            }
        }
    }
}

impl core::error::Error for ArchiveError {}

/// What came out of an archive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Filled {
    /// Entries of all types.
    pub entries: usize,
    /// Bytes of regular files.
    pub bytes: u64,
}

/// One entry, as it is in the archive.
struct Entry<'a> {
    header: &'a CpioEntryHeader,
    name: &'a [u8],
    bytes: &'static [u8],
    /// Where the bytes begin in the archive.
    offset: usize,
}

/// Files with several names, by the archive's device and inode numbers.
type HardLinks = BTreeMap<(u32, u32, u32), InodeId>;

impl Vfs {
    /// Fills the tree from an archive. The contents of regular files stay where they are until
    /// they are written to. Directories that are missing on the way to an entry are made, with
    /// mode 0755.
    ///
    /// # Errors
    /// See [`ArchiveError`]; what came before the bad entry is there.
    pub fn fill_from_archive<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        archive: &'static [u8],
        now: Timestamp,
    ) -> core::result::Result<Filled, ArchiveError> {
        let root = self.root();
        let directories = self.new_directories(root, root, 0);
        let result = self.fill(store, archive, &directories, now);
        self.release_directories(store, directories);
        result
    }

    fn fill<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        archive: &'static [u8],
        directories: &Directories,
        now: Timestamp,
    ) -> core::result::Result<Filled, ArchiveError> {
        let caller = Caller {
            credentials: Credentials::ROOT,
            directories,
            now,
            file_size_limit: u64::MAX,
            synthetic: &NoSynthetic,
        };
        let mut filled = Filled::default();
        let mut links = HardLinks::new();
        let mut name_buffer = [0; c::PATH_MAX as usize];
        let mut offset = 0;
        let mut complete = true;
        while offset < archive.len() {
            let rest = &archive[offset..];
            if complete && rest[0] == 0 {
                offset += rest.iter().take_while(|&&byte| byte == 0).count();
                continue;
            }
            let mut reader = CpioArchiveReader::new(rest);
            let entry = match reader.next_entry_with_buf(&mut name_buffer) {
                Ok(entry) => entry,
                Err(error) => return Err(describe(error, offset)),
            };
            let Some(entry) = entry else {
                // The end mark; another archive may follow.
                complete = true;
                offset += reader.offset() as usize;
                links.clear();
                continue;
            };
            complete = false;
            let start = offset + reader.offset() as usize;
            let size = entry.file_size() as usize;
            let bytes = archive.get(start..).and_then(|bytes| bytes.get(..size));
            let bytes = bytes.ok_or(ArchiveError::Cut { offset })?;
            if entry.magic() == CpioMagic::NewcCrc {
                reader
                    .skip_entry_data(&entry)
                    .map_err(|error| describe(error, offset))?;
            }
            let entry = Entry {
                header: entry.header(),
                name: entry.name(),
                bytes,
                offset: start,
            };
            self.add_entry(store, &caller, &entry, &mut links)
                .map_err(|error| {
                    let name = String::from_utf8_lossy(entry.name).into_owned();
                    ArchiveError::Refused { name, error }
                })?;
            filled.entries += 1;
            filled.bytes += bytes.len() as u64;
            offset = start + size.next_multiple_of(4);
        }
        match (complete, filled.entries) {
            (true, 0) => Err(ArchiveError::Empty),
            (true, _) => Ok(filled),
            (false, _) => Err(ArchiveError::Cut {
                offset: archive.len(),
            }),
        }
    }

    fn add_entry<S: PageStore + ?Sized>(
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

fn describe(error: hadris_cpio::Error, offset: usize) -> ArchiveError {
    use alloc::string::ToString;
    match error {
        // Reading memory fails in one way only: there is no more.
        hadris_cpio::Error::Io(_) => ArchiveError::Cut { offset },
        hadris_cpio::Error::InvalidMagic { .. } => ArchiveError::NotCpio { offset },
        error => ArchiveError::Damaged {
            offset,
            reason: error.to_string(),
        },
    }
}
