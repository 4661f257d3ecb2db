// SPDX-License-Identifier: MIT OR Apache-2.0
//! Linux numbers and structures as types: errors, system call table.
//!
//! The numbers themselves come from the crates `linux-raw-sys` (constants and structures of the
//! architecture that is compiled for) and `syscalls` (errors; names and numbers of the system
//! calls). Everything else under `servers/unix` takes them from here, so that there is one place
//! to look.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub use linux_raw_sys as linux;
pub use syscalls::{self, Errno};

/// What a system call gives back: a value, or an error number.
pub type Result<T = usize> = core::result::Result<T, Errno>;
