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

mod api;
mod caller;
mod event;
mod id;
mod limits;
mod stat;
mod synthetic;
mod transfer;

pub use api::*;
pub use caller::*;
pub use event::*;
pub use id::*;
pub use limits::*;
pub use stat::*;
pub use synthetic::*;
pub use transfer::*;
