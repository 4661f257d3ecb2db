// SPDX-License-Identifier: MIT OR Apache-2.0
//! Server runtime: entry point, environment, heap, memory windows, log, panic.
//!
//! A server is a program that its parent's startup code has loaded (`croft_process::handover`). With
//! feature `runtime` this crate brings everything between that and the server's own code:
//!
//! * [`main!`] – the entry point; [`Process`] – what the parent gave, by name;
//! * [`heap`] – a global allocator that grows out of the primary container and can be asked
//!   beforehand whether there is room;
//! * [`memory`] – objects and mappings paid by the primary container (also without a heap, feature
//!   `memory`, for the startup image);
//! * [`FramePool`] – many frames, mapped in one window, for servers that keep pages;
//! * [`OwnParent`], [`Children`] – processes of its own (feature `parent`; `parent = true` in the image description);
//! * [`device`] – device registers, I/O ports, interrupts;
//! * [`Family`] – the same for a server that serves its clients, hears its children and ends them in one loop;
//! * [`Process::within`] – clients whose calls wait only so long; [`Process::across_restarts`] – clients that go on with
//!   the successor of a server that has ended;
//! * [`logger`] – the `log` facade, to the log service that the parent gave; panics are reported to the parent.
//!
//! Servers call it; it touches the process it runs in and nothing else. A process that uses it has one thread that runs
//! the server's code.
//!
//! `unsafe` is here so that it need not be in servers: windows of mapped memory, the allocator's hooks, the entry.
//! What has no kernel in it (the books of slots and frames) is tested on the host.
#![cfg_attr(not(test), no_std)]
#![deny(clippy::undocumented_unsafe_blocks)]
// The head speaks of what feature `runtime` brings.
#![cfg_attr(not(feature = "runtime"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(any(test, feature = "runtime"))]
extern crate alloc;

// Brings memcpy and its like into the program.
#[cfg(feature = "runtime")]
use croft_mem as _;

#[cfg(feature = "memory")]
pub mod memory;
#[cfg(any(test, feature = "runtime"))]
pub mod pool;
#[cfg(feature = "memory")]
mod single;
mod slots;

#[cfg(feature = "runtime")]
mod capabilities;
#[cfg(feature = "parent")]
mod children;
mod counter;
#[cfg(feature = "runtime")]
pub mod device;
#[cfg(feature = "runtime")]
mod entry;
#[cfg(feature = "parent")]
mod family;
#[cfg(feature = "runtime")]
mod frame_pool;
#[cfg(feature = "parent")]
mod frame_row;
#[cfg(feature = "runtime")]
pub mod heap;
#[cfg(feature = "runtime")]
pub mod logger;
#[cfg(feature = "runtime")]
mod panic;
#[cfg(feature = "parent")]
mod parent;
#[cfg(feature = "runtime")]
mod process;
#[cfg(feature = "runtime")]
mod restarts;
#[cfg(feature = "runtime")]
mod serving;
#[cfg(feature = "runtime")]
mod shared;
#[cfg(feature = "runtime")]
mod trace;
#[cfg(any(test, feature = "runtime"))]
mod watch;
#[cfg(feature = "runtime")]
mod window;
#[cfg(feature = "runtime")]
pub mod within;

pub use slots::{NoSlots, SlotAllocator};

#[cfg(feature = "runtime")]
pub use capabilities::{ServerCapabilities, Slot};
#[cfg(feature = "parent")]
pub use children::{Children, Ended};
pub use counter::counter;
#[cfg(target_arch = "aarch64")]
pub use counter::counter_frequency;
#[cfg(feature = "runtime")]
pub use entry::start;
#[cfg(feature = "parent")]
pub use family::{CHILD_BADGE_BIT, ChildEnded, Family, NewChild, ParentServer, Stopped};
#[cfg(feature = "runtime")]
pub use frame_pool::{FramePool, Spare, left};
#[cfg(feature = "parent")]
pub use frame_row::FrameRow;
#[cfg(feature = "parent")]
pub use parent::OwnParent;
#[cfg(feature = "runtime")]
pub use process::{Process, SetupError};
#[cfg(feature = "runtime")]
pub use restarts::{AcrossRestarts, Named, Successors};
#[cfg(feature = "runtime")]
pub use shared::{SharedFile, SharedPage};
#[cfg(feature = "runtime")]
pub use window::Window;
#[cfg(feature = "runtime")]
pub use within::{Limited, Within};

/// The badge of the event by which the parent asks for the end ([`croft_ipc::EVENT_BADGE_BIT`] included).
#[cfg(feature = "runtime")]
pub use croft_process::handover::END_REQUESTED;

/// Bytes of a page.
pub const PAGE: usize = 4096;
