// SPDX-License-Identifier: MIT OR Apache-2.0
//! Entry point and runtime of the root task, with the names of the project rust-sel4.
//!
//! A root task is a binary crate, `no_std` and `no_main`, with a function that carries
//! [`root_task`]. This crate brings what runs before it: `_start`, a stack with a guard page, the
//! IPC buffer, a heap if it asks for one; and what runs when it panics. It is for that binary only:
//! it defines symbols that a host program already has.
//!
//! Programs are built with `panic = "abort"`, so there is no `catch_unwind`.
#![no_std]
#![deny(clippy::undocumented_unsafe_blocks)]

use croft_mem as _;

/// The frames of the root task's own stack.
pub mod backtrace;
mod entry;
mod heap;
/// What happens on a panic.
pub mod panicking;
mod stack;

pub use sel4::{debug_print, debug_println};
pub use sel4_root_task_macros::root_task;

pub use entry::{Never, Termination};

/// What the macros expand to.
#[doc(hidden)]
pub mod private {
    pub use crate::entry::start;
    pub use crate::heap::{HeapMemory, StaticHeap};
    pub use crate::stack::Stack;
    pub use sel4;
}

/// Bytes of stack that a root task has if it does not say.
pub const DEFAULT_STACK_SIZE: usize = 64 * 1024;

/// Stops the root task with a message, as a panic does.
#[macro_export]
macro_rules! abort {
    () => { ::core::panic!("aborted") };
    ($($argument:tt)+) => { ::core::panic!($($argument)+) };
}
