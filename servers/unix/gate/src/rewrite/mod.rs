// SPDX-License-Identifier: MIT OR Apache-2.0
//! Replacing system call instructions in a page that becomes executable.
//!
//! The world calls this on its own copy of the page before it maps it executable, and maps it
//! read-only as long as it is. Rewriting a page twice changes nothing more.
pub mod aarch64;
mod judge;
pub mod x86_64;
