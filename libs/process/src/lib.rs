// SPDX-License-Identifier: MIT OR Apache-2.0
//! Canonical process creation, cooperative and forced end.
//!
//! A parent that holds a container derives the child's container from it, converts some of it into a
//! process, installs the startup image there and hands over. The child is completely determined by its
//! parent. What both sides must agree on is in [`handover`]; what a failed one was doing tells [`backtrace`]; the parent's
//! side is in `parent` (a feature), for any process that holds a container: the root task makes the servers with it. When a
//! parent that waits for an end goes over to force is decided in [`ending`].
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

pub mod backtrace;
pub mod ending;
pub mod handover;
#[cfg(feature = "parent")]
pub mod parent;
#[cfg(feature = "startup")]
pub mod startup;
