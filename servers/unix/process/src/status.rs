// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a process ended or changed, and the words that wait(2) makes of it.
use crate::Signal;
use unix_abi::linux::general as linux;

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitStatus {
    /// exit(2); only the low 8 bits of the code are kept.
    Exited(u8),
    /// Killed by a signal.
    Killed {
        /// The signal.
        signal: Signal,
        /// A core image was written.
        core_dumped: bool,
    },
}

/// What wait(2) reports of a child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChildChange {
    /// It ended.
    Ended(ExitStatus),
    /// It stopped by a signal.
    Stopped(Signal),
    /// It goes on (SIGCONT).
    Continued,
}

impl ChildChange {
    /// The status word of wait4(2).
    pub fn wait_status(self) -> i32 {
        match self {
            ChildChange::Ended(ExitStatus::Exited(code)) => i32::from(code) << 8,
            ChildChange::Ended(ExitStatus::Killed {
                signal,
                core_dumped,
            }) => signal.number() | if core_dumped { 0x80 } else { 0 },
            ChildChange::Stopped(signal) => signal.number() << 8 | 0x7f,
            ChildChange::Continued => 0xffff,
        }
    }

    /// `si_code` of waitid(2) and SIGCHLD: `CLD_*`.
    pub fn code(self) -> i32 {
        let code = match self {
            ChildChange::Ended(ExitStatus::Exited(_)) => linux::CLD_EXITED,
            ChildChange::Ended(ExitStatus::Killed {
                core_dumped: false, ..
            }) => linux::CLD_KILLED,
            ChildChange::Ended(ExitStatus::Killed {
                core_dumped: true, ..
            }) => linux::CLD_DUMPED,
            ChildChange::Stopped(_) => linux::CLD_STOPPED,
            ChildChange::Continued => linux::CLD_CONTINUED,
        };
        code as i32
    }

    /// `si_status` of waitid(2) and SIGCHLD: the exit code or the signal.
    pub fn status(self) -> i32 {
        match self {
            ChildChange::Ended(ExitStatus::Exited(code)) => i32::from(code),
            ChildChange::Ended(ExitStatus::Killed { signal, .. }) => signal.number(),
            ChildChange::Stopped(signal) => signal.number(),
            ChildChange::Continued => Signal::CONT.number(),
        }
    }
}
