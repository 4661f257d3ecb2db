// SPDX-License-Identifier: MIT OR Apache-2.0
//! Server runtime: entry point, environment, heap, memory windows, log, panic.
#![cfg_attr(not(test), no_std)]
#![deny(clippy::undocumented_unsafe_blocks)]

extern crate alloc;

pub mod pool;
mod slots;

pub use slots::{NoSlots, SlotAllocator};
