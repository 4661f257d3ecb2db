// SPDX-License-Identifier: MIT OR Apache-2.0
//! One thread of a process.
use crate::{AltStack, PendingSignals, Pid, SignalSet, Tid};

/// A thread.
pub struct Thread {
    pub(crate) tid: Tid,
    pub(crate) process: usize,
    pub(crate) pid: Pid,
    pub(crate) comm: Comm,
    pub(crate) blocked: SignalSet,
    /// The mask to come back to, while a temporary one holds.
    pub(crate) saved_mask: Option<SignalSet>,
    /// What sigtimedwait waits for.
    pub(crate) awaited: SignalSet,
    pub(crate) pending: PendingSignals,
    pub(crate) alternate: AltStack,
    /// The child (by slot) whose vfork this thread waits for.
    pub(crate) vfork_child: Option<usize>,
    pub(crate) events_queued: u8,
}

impl Thread {
    /// Its number.
    pub fn tid(&self) -> Tid {
        self.tid
    }
    /// The process it belongs to.
    pub fn process(&self) -> Pid {
        self.pid
    }
    /// Its name (`PR_SET_NAME`).
    pub fn comm(&self) -> &Comm {
        &self.comm
    }
    /// Blocked signals, as the thread sees them.
    pub fn mask(&self) -> SignalSet {
        self.blocked
    }
    /// Signals pending for this thread alone (`/proc/PID/status`: SigPnd).
    pub fn pending(&self) -> SignalSet {
        self.pending.set
    }
    /// Its alternate signal stack, as it was set.
    pub fn alternate_stack(&self) -> &AltStack {
        &self.alternate
    }
    /// Whether it waits for a vfork child.
    pub fn waits_for_vfork(&self) -> bool {
        self.vfork_child.is_some()
    }
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
