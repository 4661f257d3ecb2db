// SPDX-License-Identifier: MIT OR Apache-2.0
//! Inodes: what a file is, whatever its names.
use crate::content::Content;
use crate::directory::Directory;
use crate::lock::Locks;
use crate::{Credentials, Device, FileType, InodeId, MountId, Stat, Timestamp, Vfs};
use alloc::boxed::Box;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

/// What is behind an inode.
pub(crate) enum Kind {
    Regular(Content),
    Directory(Directory),
    Symlink(Box<[u8]>),
    /// A device node; the mode tells block from character.
    Device(Device),
    /// A FIFO or pipe, with the index of the open pipe while somebody has it open.
    Fifo(Option<usize>),
    /// A socket's name; nothing can be opened there.
    Socket,
}

pub(crate) struct Inode {
    pub ino: u64,
    pub mount: MountId,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Hard links: names in directories; for a directory also `.` and the `..` of its children.
    pub links: u32,
    /// Dentries (also removed ones), places held by number, mappings. The last one frees it.
    pub references: u32,
    /// How many of the references are mappings.
    pub mappings: u32,
    /// Descriptions that can write to it.
    pub writers: u32,
    /// Descriptions that execute it.
    pub executors: u32,
    /// Counts changes of the contents.
    pub changes: u64,
    pub accessed: Timestamp,
    pub modified: Timestamp,
    pub changed: Timestamp,
    pub born: Timestamp,
    pub locks: Option<Box<Locks>>,
    /// An unnamed file that link(2) may give a name (open(2), `O_TMPFILE` without `O_EXCL`).
    pub linkable: bool,
    pub kind: Kind,
}

impl Inode {
    /// Heap that an inode counts for, beside what its kind holds.
    pub const COST: usize = size_of::<Inode>();

    pub fn file_type(&self) -> FileType {
        FileType::from_mode(self.mode).unwrap_or(FileType::Regular)
    }

    /// Contents and attributes changed now.
    pub fn touch_modified(&mut self, now: Timestamp) {
        self.modified = now;
        self.changed = now;
    }

    /// Read now: the time stamp follows as with `relatime` (mount(8)): once after each change, and
    /// once a day.
    pub fn touch_accessed(&mut self, now: Timestamp) {
        const DAY: i64 = 24 * 60 * 60;
        if self.accessed <= self.modified
            || self.accessed <= self.changed
            || now.seconds.saturating_sub(self.accessed.seconds) >= DAY
        {
            self.accessed = now;
        }
    }

    /// Takes set-user-ID and set-group-ID away when somebody without `CAP_FSETID` writes.
    pub fn drop_privileges(&mut self, credentials: &Credentials<'_>) {
        if !credentials.is_privileged() && self.file_type() == FileType::Regular {
            self.drop_set_ids(credentials);
        }
    }

    /// Takes set-user-ID away, and set-group-ID if it means another identity (without group
    /// execution it means something else: mandatory locking, once) or the caller is not in the
    /// group.
    pub fn drop_set_ids(&mut self, credentials: &Credentials<'_>) {
        self.mode &= !c::S_ISUID;
        let in_group = credentials.is_privileged() || credentials.in_group(self.gid);
        if self.mode & c::S_IXGRP != 0 || !in_group {
            self.mode &= !c::S_ISGID;
        }
    }

    pub fn size(&self) -> u64 {
        match &self.kind {
            Kind::Regular(content) => content.size(),
            Kind::Directory(directory) => directory.size(),
            Kind::Symlink(target) => target.len() as u64,
            Kind::Device(_) | Kind::Fifo(_) | Kind::Socket => 0,
        }
    }

    pub fn stat(&self) -> Stat {
        Stat {
            device: self.mount.device(),
            ino: self.ino,
            mode: self.mode,
            links: self.links,
            uid: self.uid,
            gid: self.gid,
            special: match self.kind {
                Kind::Device(device) => device,
                _ => Device::default(),
            },
            size: self.size(),
            blocks: match &self.kind {
                Kind::Regular(content) => content.blocks(),
                _ => 0,
            },
            accessed: self.accessed,
            modified: self.modified,
            changed: self.changed,
            born: self.born,
        }
    }
}

/// What a new inode begins with.
pub(crate) struct NewInode {
    pub mount: MountId,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub now: Timestamp,
    pub kind: Kind,
}

impl Vfs {
    /// Adds an inode without links and references.
    ///
    /// # Errors
    /// ENOSPC beyond the limits.
    pub(crate) fn add_inode(&mut self, new: NewInode) -> Result<InodeId> {
        if self.inodes.len() >= self.limits.inodes as usize {
            return Err(Errno::ENOSPC);
        }
        let target = match &new.kind {
            Kind::Symlink(target) => target.len(),
            _ => 0,
        };
        self.charge(Inode::COST + target, Errno::ENOSPC)?;
        let ino = self.new_ino();
        let NewInode {
            mount,
            mode,
            uid,
            gid,
            now,
            kind,
        } = new;
        Ok(InodeId(self.inodes.insert(Inode {
            ino,
            mount,
            mode,
            uid,
            gid,
            links: 0,
            references: 0,
            mappings: 0,
            writers: 0,
            executors: 0,
            changes: 0,
            accessed: now,
            modified: now,
            changed: now,
            born: now,
            locks: None,
            linkable: false,
            kind,
        }) as u32))
    }

    /// Takes a reference away; the last one frees the inode with its contents.
    pub(crate) fn release_inode<S: PageStore + ?Sized>(&mut self, store: &mut S, id: InodeId) {
        let inode = self.inode_mut(id);
        inode.references -= 1;
        if inode.references > 0 {
            return;
        }
        let inode = self.inodes.remove(id.0 as usize);
        let mut heap = Inode::COST;
        match inode.kind {
            Kind::Regular(mut content) => {
                let freed = content.clear(store);
                self.pages -= freed.pages;
                heap += freed.heap;
            }
            Kind::Symlink(target) => heap += target.len(),
            Kind::Directory(_) | Kind::Device(_) | Kind::Fifo(_) | Kind::Socket => {}
        }
        self.discharge(heap);
    }
}
