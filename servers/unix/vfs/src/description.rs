// SPDX-License-Identifier: MIT OR Apache-2.0
//! Open file descriptions: what descriptors refer to (open(2)).
use crate::inode::Kind;
use crate::{Caller, DescriptionId, Device, Event, InodeId, NodeId, Place, Vfs};
use alloc::sync::Arc;
use alloc::vec::Vec;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

/// What a description stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DescriptionKind {
    /// A regular file in the tree.
    Regular(InodeId),
    /// A directory, in the tree or synthetic.
    Directory,
    /// A pipe or FIFO.
    Pipe(InodeId),
    /// A device, also those that are served here ([`Device::NULL`], [`Device::ZERO`],
    /// [`Device::FULL`]).
    Device {
        /// Which one.
        device: Device,
        /// A block device rather than a character device.
        block: bool,
    },
    /// A file of a synthetic file system.
    Synthetic(NodeId),
    /// Opened with `O_PATH`: nothing but a place.
    Path,
    /// An object of the world's own, with the tag given to [`Vfs::open_external`].
    External(u64),
}

/// What there is to know of an open description.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DescriptionInfo {
    /// What it stands for.
    pub kind: DescriptionKind,
    /// Where it was opened; it holds that.
    pub place: Place,
    /// Access mode and status flags, as `F_GETFL` shows them.
    pub flags: u32,
    /// The file offset; in a directory, the cookie of the position.
    pub offset: u64,
    /// Whether it can be read from.
    pub readable: bool,
    /// Whether it can be written to.
    pub writable: bool,
}

pub(crate) struct Description {
    pub kind: DescriptionKind,
    pub place: Place,
    pub flags: u32,
    pub offset: u64,
    pub references: u32,
    pub readable: bool,
    pub writable: bool,
    /// It is being executed: nobody else opens the file for writing.
    pub executes: bool,
    /// For a directory: the cookie at which a listing ends that has begun. Entries that come later
    /// do not show up in it, so that a program that adds some for each one it reads comes to an
    /// end.
    pub listing_end: u64,
    /// Contents of a synthetic file.
    pub snapshot: Option<Arc<[u8]>>,
    /// The snapshot was just made: a read from offset 0 need not ask for another one.
    pub snapshot_is_fresh: bool,
    /// For one end of a FIFO: how often the other end had been opened before this one, if nobody
    /// had it open then; else one less. While it is equal to the pipe's count, no partner came.
    pub partners_seen: u32,
    /// For an object of the world's own: what its link in `/proc/PID/fd` shows.
    pub name: &'static str,
}

/// Flags that open(2) knows and `F_GETFL` does not show.
const CREATION_FLAGS: u32 = c::O_CREAT | c::O_EXCL | c::O_NOCTTY | c::O_TRUNC | c::O_CLOEXEC;

/// Flags that `F_SETFL` can change (`O_ASYNC` and `O_DIRECT` mean nothing here).
const SETTABLE_FLAGS: u32 = c::O_APPEND | c::O_NONBLOCK | c::O_NOATIME;

impl Description {
    /// Heap that a description counts for beside its snapshot.
    const COST: usize = size_of::<Description>();

    /// Whether calls answer EAGAIN instead of waiting.
    pub fn non_blocking(&self) -> bool {
        self.flags & c::O_NONBLOCK != 0
    }
}

impl Vfs {
    /// Adds a description with one reference; it holds the place. A new description is readable
    /// and writable as the flags say.
    ///
    /// # Errors
    /// ENFILE beyond the limits.
    pub(crate) fn add_description(
        &mut self,
        kind: DescriptionKind,
        place: Place,
        flags: u32,
    ) -> Result<DescriptionId> {
        if self.descriptions.len() >= self.limits.descriptions as usize {
            return Err(Errno::ENFILE);
        }
        self.charge(Description::COST, Errno::ENFILE)?;
        self.hold(place);
        let access = flags & c::O_ACCMODE;
        let is_path = kind == DescriptionKind::Path;
        let description = Description {
            kind,
            place,
            flags: flags & !CREATION_FLAGS,
            offset: 0,
            references: 1,
            readable: !is_path && (access == c::O_RDONLY || access == c::O_RDWR),
            writable: !is_path && (access == c::O_WRONLY || access == c::O_RDWR),
            executes: false,
            listing_end: u64::MAX,
            snapshot: None,
            snapshot_is_fresh: false,
            partners_seen: 0,
            name: "",
        };
        if let (DescriptionKind::Regular(inode), true) = (kind, description.writable) {
            self.inode_mut(inode).writers += 1;
        }
        Ok(DescriptionId(self.descriptions.insert(description) as u32))
    }

    /// A description for an object of the world's own (an epoll instance, a socket …), for reading
    /// and writing. `tag` comes back in transfers, polls and [`Event::ExternalClosed`]; `name` is
    /// what its link in `/proc/PID/fd` shows, as `anon_inode:[eventpoll]`; of `flags`, `O_NONBLOCK`
    /// and the like are kept.
    ///
    /// # Errors
    /// ENFILE.
    pub fn open_external(
        &mut self,
        tag: u64,
        name: &'static str,
        flags: u32,
    ) -> Result<DescriptionId> {
        let flags = flags & !c::O_ACCMODE | c::O_RDWR;
        let kind = DescriptionKind::External(tag);
        let id = self.add_description(kind, Place::External(tag), flags)?;
        self.descriptor_mut(id).name = name;
        Ok(id)
    }

    /// Takes one more reference on a description.
    pub fn share(&mut self, description: DescriptionId) {
        self.descriptor_mut(description).references += 1;
    }

    /// Gives a reference on a description back; the last one closes it. A descriptor is closed by
    /// [`crate::FileTable::close`], which also gives up the process's record locks.
    pub fn release<S: PageStore + ?Sized>(&mut self, store: &mut S, id: DescriptionId) {
        let description = self.descriptor_mut(id);
        description.references -= 1;
        if description.references > 0 {
            return;
        }
        self.drop_description_locks(id);
        let description = self.descriptions.remove(id.0 as usize);
        let snapshot = description.snapshot.map_or(0, |snapshot| snapshot.len());
        self.discharge(Description::COST + snapshot);
        match description.kind {
            DescriptionKind::Regular(inode) => {
                let inode = self.inode_mut(inode);
                inode.writers -= u32::from(description.writable);
                inode.executors -= u32::from(description.executes);
            }
            DescriptionKind::Pipe(inode) => {
                self.close_pipe(store, inode, description.readable, description.writable);
            }
            DescriptionKind::Device { device, .. } if !device.is_served_here() => {
                self.event(Event::DeviceClosed(device));
            }
            DescriptionKind::External(tag) => self.event(Event::ExternalClosed(tag)),
            DescriptionKind::Directory
            | DescriptionKind::Device { .. }
            | DescriptionKind::Synthetic(_)
            | DescriptionKind::Path => {}
        }
        self.release_place(store, description.place);
    }

    /// Takes a description back that was just made; whatever it holds stays.
    pub(crate) fn drop_unused_description(&mut self, id: DescriptionId) {
        let description = self.descriptions.remove(id.0 as usize);
        self.discharge(Description::COST);
        if let Place::Inode(inode) = description.place {
            self.inode_mut(inode).references -= 1;
        }
    }

    /// What there is to know of a description.
    pub fn description(&self, id: DescriptionId) -> DescriptionInfo {
        let Description {
            kind,
            place,
            flags,
            offset,
            readable,
            writable,
            ..
        } = *self.descriptor(id);
        DescriptionInfo {
            kind,
            place,
            flags,
            offset,
            readable,
            writable,
        }
    }

    /// fcntl(2), `F_SETFL`: of the flags, `O_APPEND`, `O_NONBLOCK` and `O_NOATIME` are taken over.
    ///
    /// # Errors
    /// EBADF for `O_PATH`; EPERM for `O_NOATIME` on somebody else's file.
    pub fn set_flags(&mut self, caller: &Caller<'_>, id: DescriptionId, flags: u32) -> Result<()> {
        let description = self.descriptor(id);
        if description.kind == DescriptionKind::Path {
            return Err(Errno::EBADF);
        }
        if flags & !description.flags & c::O_NOATIME != 0
            && !self
                .ownership(caller, description.place)?
                .owned(&caller.credentials)
        {
            return Err(Errno::EPERM);
        }
        let description = self.descriptor_mut(id);
        description.flags = description.flags & !SETTABLE_FLAGS | flags & SETTABLE_FLAGS;
        Ok(())
    }

    /// Gives a description the contents of its synthetic file, which a read asked for with
    /// [`crate::Transfer::Synthetic`].
    ///
    /// # Errors
    /// ENOMEM beyond the limits.
    pub fn set_snapshot(&mut self, id: DescriptionId, contents: Vec<u8>) -> Result<()> {
        let old = self
            .descriptor(id)
            .snapshot
            .as_ref()
            .map_or(0, |snapshot| snapshot.len());
        self.discharge(old);
        self.descriptor_mut(id).snapshot = None;
        self.charge(contents.len(), Errno::ENOMEM)?;
        let description = self.descriptor_mut(id);
        description.snapshot = Some(contents.into());
        description.snapshot_is_fresh = true;
        Ok(())
    }

    /// The inode behind a description of a regular file that is open for writing.
    pub(crate) fn writable_file(&self, id: DescriptionId) -> Result<InodeId> {
        let description = self.descriptor(id);
        match description.kind {
            DescriptionKind::Path => Err(Errno::EBADF),
            DescriptionKind::Regular(inode) if description.writable => Ok(inode),
            _ => Err(Errno::EINVAL),
        }
    }

    /// The inode behind a description, if it has one.
    pub(crate) fn description_inode(&self, id: DescriptionId) -> Option<InodeId> {
        self.inode_at(self.descriptor(id).place)
    }

    /// Whether the inode's contents are a file's.
    pub(crate) fn content(&self, inode: InodeId) -> Option<&crate::content::Content> {
        match &self.inode(inode).kind {
            Kind::Regular(content) => Some(content),
            _ => None,
        }
    }

    pub(crate) fn content_mut(&mut self, inode: InodeId) -> Option<&mut crate::content::Content> {
        match &mut self.inode_mut(inode).kind {
            Kind::Regular(content) => Some(content),
            _ => None,
        }
    }
}
