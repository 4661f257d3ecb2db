// SPDX-License-Identifier: MIT OR Apache-2.0
//! File systems whose files are made up on the fly: `/proc` and its like.
//!
//! The world implements [`Synthetic`] over its process table and passes it with each call
//! ([`crate::Caller::synthetic`]); the [`crate::Vfs`] walks paths through it. One implementation
//! serves all synthetic mounts; a [`NodeId`] says which node of which of them is meant, in an
//! encoding of the world's choice (process number and kind of file, for example). Nodes need no
//! memory here, and may vanish at any time: every call may answer ENOENT.
//!
//! Contents are not part of the trait: a read that finds no snapshot in the description ends with
//! [`crate::Transfer::Synthetic`], the world makes the text with all that it has at hand, stores it
//! with [`crate::Vfs::set_snapshot`], and reads again. Reading from offset 0 again makes it anew,
//! as Linux does.
use crate::{DescriptionId, FileType, NodeId, Place, Timestamp};
use alloc::vec::Vec;
use unix_abi::{Errno, Result};

/// What stat(2) shows of a synthetic node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attributes {
    /// Inode number.
    pub ino: u64,
    /// Type and permission bits. A device node is opened as that device.
    pub mode: u32,
    /// Hard links.
    pub links: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// For a device node: the device.
    pub special: crate::Device,
    /// Bytes; 0 for files that are made up when read.
    pub size: u64,
    /// All time stamps.
    pub time: Timestamp,
}

/// Where a synthetic symbolic link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Link {
    /// A path, walked like that of any symbolic link.
    Path(Vec<u8>),
    /// Straight to a place (`/proc/PID/exe`, `cwd`, `root`); readlink(2) shows its path.
    Place(Place),
    /// To what an open description stands for (`/proc/PID/fd/N`).
    Description(DescriptionId),
}

/// One entry of a synthetic directory.
#[derive(Clone, Copy, Debug)]
pub struct SyntheticEntry<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its inode number.
    pub ino: u64,
    /// Its type.
    pub file_type: FileType,
    /// The position from which the listing goes on behind this entry.
    pub next: u64,
}

/// The world's synthetic file systems. Directories have search permission according to their
/// mode; the checks are made here, not by the implementation.
pub trait Synthetic {
    /// What a node looks like.
    ///
    /// # Errors
    /// ENOENT if there is no such node (any more).
    fn attributes(&self, node: NodeId) -> Result<Attributes>;

    /// The node with a name in a directory. Never asked for `.` and `..`.
    ///
    /// # Errors
    /// ENOENT, ENOTDIR.
    fn lookup(&self, directory: NodeId, name: &[u8]) -> Result<NodeId>;

    /// The directory that a node is in; not asked for the root of a mount.
    fn parent(&self, node: NodeId) -> NodeId;

    /// Appends the name of a node in its directory; not asked for the root of a mount.
    fn name(&self, node: NodeId, to: &mut Vec<u8>);

    /// Lists a directory without `.` and `..`, from a position on (0: from the start), until
    /// `emit` answers false. Positions that were given out stay meaningful while entries come and
    /// go.
    ///
    /// # Errors
    /// ENOENT if the directory is gone.
    fn list(
        &self,
        directory: NodeId,
        position: u64,
        emit: &mut dyn FnMut(SyntheticEntry<'_>) -> bool,
    ) -> Result<()>;

    /// Where a symbolic link leads.
    ///
    /// # Errors
    /// EINVAL if it is none; ENOENT, EACCES.
    fn read_link(&self, node: NodeId) -> Result<Link>;
}

/// No synthetic file system at all.
pub struct NoSynthetic;

impl Synthetic for NoSynthetic {
    fn attributes(&self, _: NodeId) -> Result<Attributes> {
        Err(Errno::ENOENT)
    }

    fn lookup(&self, _: NodeId, _: &[u8]) -> Result<NodeId> {
        Err(Errno::ENOENT)
    }

    fn parent(&self, node: NodeId) -> NodeId {
        node
    }

    fn name(&self, _: NodeId, _: &mut Vec<u8>) {}

    fn list(&self, _: NodeId, _: u64, _: &mut dyn FnMut(SyntheticEntry<'_>) -> bool) -> Result<()> {
        Ok(())
    }

    fn read_link(&self, _: NodeId) -> Result<Link> {
        Err(Errno::EINVAL)
    }
}
