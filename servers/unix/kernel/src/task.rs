// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the world keeps for each process beside the process table's own.
use crate::machine::ProcessHandle;
use crate::wait::Wait;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use unix_gate::Registers;
use unix_vfs::{DescriptionId, Directories, FileTable, Place};

/// What a system call keeps over being run again.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Bytes moved so far.
    pub moved: usize,
    /// When the wait ends.
    pub deadline: Option<u64>,
    /// Where a sleep that is interrupted reports what was left.
    pub remaining: Option<usize>,
    /// It has waited before.
    pub waited: bool,
    /// A FIFO that is being opened.
    pub opening: Option<DescriptionId>,
    /// When the call began ([`crate::Machine::now`]).
    pub since: Option<u64>,
}

/// What a process does, as the world sees it.
#[derive(Debug)]
pub enum Activity {
    /// It runs its program.
    Program,
    /// It stands in a trap that is being served.
    Trap,
    /// It stands in a system call that waits.
    Waiting(Wait),
    /// It was stopped by a signal.
    Stopped(Resumption),
    /// It executes a routine of the gate; then this happens.
    InGate(AfterRoutine),
    /// Its vfork child runs in its address space; then it goes on with these registers.
    VforkParent(Registers),
}

/// How a stopped process goes on.
#[derive(Debug)]
pub enum Resumption {
    /// With these registers.
    Registers(Box<Registers>),
    /// By running the system call again in which it stands.
    Call,
}

/// What a routine of the gate was run for.
#[derive(Clone, Copy, Debug)]
pub enum AfterRoutine {
    /// The program goes on with these registers.
    Continue(Registers),
    /// The state is saved: now the child is made. These are the caller's registers, at the call.
    Fork(Registers),
}

/// A system call in progress: what the program asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request {
    /// The number of the call.
    pub number: usize,
    /// Its arguments.
    pub arguments: [usize; 6],
}

/// One process (of one thread).
pub struct Task {
    /// Its own process of the machine: the thread, and an address space.
    pub handle: ProcessHandle,
    /// The address space it runs in: an index into the world's. Its parent's after vfork.
    pub space: usize,
    /// Its descriptors.
    pub files: FileTable,
    /// Root, working directory and umask.
    pub directories: Directories,
    /// The program that it executes (/proc/PID/exe); held.
    pub executable: Option<Place>,
    /// Its number in traps.
    pub badge: u32,
    /// The system call that it stands in.
    pub request: Request,
    /// What that call keeps while it waits.
    pub progress: Progress,
    /// What it does.
    pub activity: Activity,
    /// Where to store 0 and wake a futex when it ends (set_tid_address(2)).
    pub clear_child_tid: usize,
    /// PR_SET_NO_NEW_PRIVS.
    pub no_new_privileges: bool,
    /// The registers at the system call, when the trap was not the usual one: the answer then goes
    /// into these.
    pub call_registers: Option<Registers>,
    /// Those of its POSIX timers that are set in real time.
    pub realtime_timers: BTreeSet<i32>,
    /// Processor time in its program that the table does not know of yet, in nanoseconds.
    pub user_time: u64,
    /// The same for the world's work on its behalf.
    pub system_time: u64,
    /// Page faults that were served.
    pub faults: u64,
}
