// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files: inodes, directories, path walk, open files, pipes.
//!
//! [`Vfs`] is everything about files of one Unix world: one tree, filled from an archive at boot,
//! held in memory. `servers/unix/kernel` calls it; it calls nobody but the
//! [`unix_pages::PageStore`] that each call brings along, where the bytes of files and pipes live.
//! Linux is the specification: results and error numbers are those of the manual pages named at
//! each call, and tests compare them with the host's kernel.
//!
//! How a system call comes about:
//! * The world keeps a [`FileTable`] and [`Directories`] for each process, and makes a [`Caller`]
//!   for each call. Path calls take a [`Base`] (`dirfd`) and a path without its final NUL; flags
//!   are Linux's own numbers of the architecture (`unix_abi::linux::general`).
//! * A descriptor number becomes a [`DescriptionId`] by [`FileTable::get`]; everything else goes
//!   by that.
//! * Calls never block. They answer "wait for this" ([`Transfer::Wait`], [`Opened::Wait`],
//!   [`LockOutcome::Wait`]); after each call the world takes the [`Event`]s, which name the wait
//!   queues to wake.
//! * Devices that need the outside world, synthetic files and external objects are handed back
//!   to the world ([`Transfer::Device`] and its siblings).
//!
//! What a program can make the server's heap hold is bounded by [`Limits`]; contents of files and
//! pipes are pages of the store, so the world's reserve bounds them.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
extern crate alloc;

mod archive;
mod attributes;
mod caller;
mod content;
mod copy;
mod create;
mod dentry;
mod description;
mod directory;
mod event;
mod file_io;
mod id;
mod inode;
mod io;
mod limits;
mod list;
mod lock;
mod lookup;
mod mapping;
mod mount;
mod name;
mod open;
mod permission;
mod pipe;
mod poll;
mod range;
mod remove;
mod rename;
mod seek;
mod stat;
mod synthetic;
mod table;
#[cfg(test)]
mod tests;
mod transfer;
mod vfs;
mod walk;

pub use archive::{ArchiveError, Filled};
pub use attributes::{SetTime, StatFs};
pub use caller::{Base, Caller, Credentials, Directories};
pub use content::FilePage;
pub use description::{DescriptionInfo, DescriptionKind};
pub use event::{Event, Wait};
pub use id::{DentryId, DescriptionId, InodeId, MountId, NodeId, Place};
pub use limits::{Limits, Usage};
pub use list::DirectoryEntry;
pub use lock::{LockInfo, LockKind, LockOutcome, LockOwner, LockRequest};
pub use lookup::Follow;
pub use mount::MountInfo;
pub use open::Opened;
pub use poll::Readiness;
pub use stat::{Device, FileType, Stat, Timestamp};
pub use synthetic::{Attributes, Link, NoSynthetic, Synthetic, SyntheticEntry};
pub use table::FileTable;
pub use transfer::{Chunk, Position, Sink, SliceSink, SliceSource, Source, Transfer};
pub use vfs::Vfs;
