// SPDX-License-Identifier: MIT OR Apache-2.0
//! The world: Linux's system calls over an abstract machine.
//!
//! This is the Unix server without its capabilities: processes, files, memory, signals and the
//! terminal as pure logic. What takes a capability is behind [`Machine`], so that everything here
//! runs under `cargo test` on the host as well.
//!
//! ```text
//!   a trap of a program          console, timer
//!         |                           |
//!         v                           v
//!   World::on_*  ---------------------+      one event at a time, nothing ever waits in here
//!         |
//!         +--> call/     one file a family of system calls; table.rs lists them all
//!         |      |
//!         |      +--> unix-vfs   unix-process   unix-tty   unix-exec   unix-gate
//!         |      +--> memory/    regions, faults, copy-on-write, the program's bytes
//!         |
//!         +--> settle()          who was woken runs its call again; signals; timers
//!         v
//!   Disposition: return a value, repeat the instruction, or nothing
//! ```
//!
//! A call that has to wait is parked with what it waits for ([`wait`](crate::wait)) and runs again
//! from its start when that has happened.
//!
//! *Who calls it*: `servers/unix`, and the tests. *What it may touch*: only what it is given.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
extern crate alloc;

mod call;
mod console;
mod deliver;
mod fault;
mod layout;
mod lifecycle;
mod machine;
mod memory;
mod proc;
mod processor;
mod serve;
mod settle;
mod start;
mod task;
#[cfg(test)]
mod tests;
mod traps;
mod wait;
mod world;

pub use call::{CALLS, CallState, Entry, Refusal};
pub use fault::Exception;
pub use machine::{Access, Channel, ConsoleInput, Machine, Mapping, ProcessHandle};
pub use memory::Touch;
pub use start::{FirstProgram, StartError};
pub use task::Request;
pub use world::{Disposition, Settings, World};

/// How many bytes of heap have to be free before a system call is served.
const HEAP_HEADROOM: usize = 256 << 10;
