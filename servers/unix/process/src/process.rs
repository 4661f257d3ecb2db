// SPDX-License-Identifier: MIT OR Apache-2.0
//! One process and its threads.
use crate::{
    AltStack, Credentials, ExitStatus, Limits, PendingSignals, Pid, Signal, SignalSet, TerminalId,
    Tid, Usage,
};
use alloc::vec::Vec;

/// A process.
pub struct Process<X> {
    pub(crate) pid: Pid,
    pub(crate) extension: Option<X>,
    /// umask(2).
    pub umask: u32,
    /// Nice value, -20 to 19.
    pub nice: i8,
    /// `PR_SET_DUMPABLE`: 0 or 1.
    pub dumpable: u8,
    /// `PR_SET_CHILD_SUBREAPER` is set by `ProcessTable::set_subreaper`.
    pub(crate) subreaper: bool,
    /// What the process itself has used. The times are counted by `ProcessTable::charge_time`.
    pub usage: Usage,
    pub(crate) x: (Credentials, ExitStatus, Limits, Signal, TerminalId),
    pub(crate) threads: Vec<u32>,
}

/// A thread.
pub struct Thread {
    pub(crate) tid: Tid,
    pub(crate) blocked: SignalSet,
    pub(crate) alternate: AltStack,
    pub(crate) pending: PendingSignals,
}

/// Name of a program, as `/proc/PID/comm` shows it: at most 15 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comm([u8; 16]);

impl Comm {
    /// The first 15 bytes up to a NUL.
    pub fn new(name: &[u8]) -> Self {
        let mut bytes = [0; 16];
        let length = name
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(name.len())
            .min(15);
        bytes[..length].copy_from_slice(&name[..length]);
        Self(bytes)
    }

    /// The name with its closing NULs, as `PR_GET_NAME` copies it.
    pub fn padded(&self) -> &[u8; 16] {
        &self.0
    }

    /// The name alone.
    pub fn name(&self) -> &[u8] {
        let length = self.0.iter().position(|&byte| byte == 0).unwrap_or(15);
        &self.0[..length]
    }
}

/// Where a process is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It runs, or waits in a system call.
    Running,
    /// It was stopped by this signal.
    Stopped(Signal),
    /// It has ended; nobody has asked how yet.
    Zombie(ExitStatus),
}

impl<X> Process<X> {
    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
    }
    /// Its parent's number; 0 for process 1.
    pub fn parent(&self) -> i32 {
        todo!()
    }
    /// Its process group.
    pub fn group(&self) -> Pid {
        todo!()
    }
    /// Its session.
    pub fn session(&self) -> Pid {
        todo!()
    }
    /// Whether it leads its session.
    pub fn leads_session(&self) -> bool {
        todo!()
    }
    /// Its controlling terminal.
    pub fn terminal(&self) -> Option<TerminalId> {
        todo!()
    }
    /// Running, stopped or ended.
    pub fn state(&self) -> State {
        todo!()
    }
    /// Whether next_signal will say that it ends: a fatal signal was accepted.
    pub fn is_dying(&self) -> bool {
        todo!()
    }
    /// Who it is. Changed by `ProcessTable::change_credentials`.
    pub fn credentials(&self) -> &Credentials {
        todo!()
    }
    /// Its limits. Changed by `ProcessTable::set_limit`.
    pub fn limits(&self) -> &Limits {
        todo!()
    }
    /// What its waited-for children have used.
    pub fn children_usage(&self) -> &Usage {
        todo!()
    }
    /// When it was made: the `now` of its fork, nanoseconds.
    pub fn start_ns(&self) -> u64 {
        todo!()
    }
    /// Whether it has exec'ed since it was forked.
    pub fn has_execed(&self) -> bool {
        todo!()
    }
    /// Its threads, the first one first (for as long as that lives).
    pub fn threads(&self) -> impl Iterator<Item = Tid> {
        core::iter::empty()
    }
    /// Signals it ignores, and signals it has handlers for (`/proc/PID/status`: SigIgn, SigCgt), and what is pending for the process as a whole (ShdPnd).
    pub fn pending(&self) -> SignalSet {
        todo!()
    }
    /// The caller's own part. `None` once the process has ended.
    pub fn extension(&self) -> Option<&X> {
        self.extension.as_ref()
    }
    /// The caller's own part, to change.
    pub fn extension_mut(&mut self) -> Option<&mut X> {
        self.extension.as_mut()
    }
}

impl Thread {
    /// Its number.
    pub fn tid(&self) -> Tid {
        self.tid
    }
    /// The process it belongs to.
    pub fn process(&self) -> Pid {
        todo!()
    }
    /// Its name (`PR_SET_NAME`).
    pub fn comm(&self) -> &Comm {
        todo!()
    }
    /// Blocked signals, as the thread sees them.
    pub fn mask(&self) -> SignalSet {
        self.blocked
    }
    /// Signals pending for this thread alone (`/proc/PID/status`: SigPnd).
    pub fn pending(&self) -> SignalSet {
        todo!()
    }
    /// Its alternate signal stack.
    pub fn alternate_stack(&self) -> &AltStack {
        &self.alternate
    }
}
