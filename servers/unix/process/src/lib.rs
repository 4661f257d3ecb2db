// SPDX-License-Identifier: MIT OR Apache-2.0
//! Processes, process groups, sessions, signals, waiting: the process table of one Unix world.
//!
//! Pure bookkeeping with Linux as its specification. It knows no memory, no files, no registers
//! and no seL4: the caller (unix-kernel) keeps what it needs for a process (its address space, its
//! open files …) as the extension `X` of that process, does what [`Event`]s and [`Delivery`] say,
//! and asks the table everything else. The crate touches nothing but its own memory.
//!
//! How a caller uses it:
//! * every system call that concerns processes is one method of [`ProcessTable`];
//! * before a thread goes back to user mode: if [`ProcessTable::has_deliverable`], call
//!   [`ProcessTable::next_signal`] until it gives `None` (or the thread stops or ends);
//! * after every system call, fault, interrupt and expired timer:
//!   [`ProcessTable::next_event`] until it gives `None`;
//! * a timer is to be set for [`ProcessTable::next_deadline`], and [`ProcessTable::expire`] called then.
//!
//! Numbers that do not exist are errors (`ESRCH`), never panics.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
extern crate alloc;

mod credentials;
mod event;
mod id;
mod limits;
mod process;
mod signal;
mod status;
mod table;
mod thread;
mod timer;
mod usage;
mod wait;

pub use credentials::{Credentials, MAX_GROUPS};
pub use event::Event;
pub use id::{Pid, TerminalId, Tid};
pub use limits::{INFINITY, Limit, Limits, NR_OPEN, RESOURCES};
pub use process::{Process, State};
pub use signal::*;
pub use status::{ChildChange, ExitStatus};
pub use table::{CloneRequest, Config, ExecRequest, MaskChange, ProcessTable, TerminalAccess};
pub use thread::{Comm, Thread};
pub use timer::{CpuTimer, IntervalTimer, TimerNotify, TimerSetting};
pub use usage::Usage;
pub use wait::{WaitOutcome, WaitRequest, WaitTarget, WaitedChild};
