// SPDX-License-Identifier: MIT OR Apache-2.0
//! Handles: small numbers that name the things of a [`crate::Vfs`].
//!
//! A handle is only a number. Who keeps one beyond the call that gave it takes a reference
//! ([`crate::Vfs::hold`], [`crate::Vfs::share`]) and gives it back, or the thing may be gone and
//! the number stand for another one.

/// An inode: a file whatever its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct InodeId(pub u32);

/// A directory entry: a name in a directory, and the inode behind it. It follows renames, and
/// outlives its removal while somebody refers to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DentryId(pub u32);

/// An open file description (open(2), "Open file descriptions").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DescriptionId(pub u32);

/// A mounted file system. [`MountId::device`] is its `st_dev`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MountId(pub u32);

/// A node of a synthetic file system; its meaning is the world's own ([`crate::Synthetic`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u64);

/// Where a path leads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// A name in the tree of files.
    Dentry(DentryId),
    /// A node of a synthetic file system.
    Synthetic(MountId, NodeId),
    /// An inode that has no name: a pipe, an unnamed temporary file, an external object. Only
    /// magic links and open descriptions lead there.
    Inode(InodeId),
    /// An object of the world's own that an open description stands for
    /// ([`crate::Vfs::open_external`]).
    External(u64),
}
