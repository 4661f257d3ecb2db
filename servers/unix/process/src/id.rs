// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers of processes, threads and terminals.

/// A process (also, as on Linux: of its process group or session, when it leads one). Always positive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pid(pub i32);

/// A thread. The first thread of a process has the number of the process. Always positive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tid(pub i32);

impl Pid {
    /// The first process: takes in orphans, and is protected from signals it has no handler for.
    pub const INIT: Pid = Pid(1);

    /// The first thread of this process.
    pub const fn main_thread(self) -> Tid {
        Tid(self.0)
    }
}

/// A terminal, as the caller numbers them. The table only compares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TerminalId(pub u32);
