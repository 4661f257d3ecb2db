// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interval timers (setitimer(2)) and POSIX timers (timer_create(2)). All times in nanoseconds of
//! one clock that only goes forward; turning the user's clocks into it is the caller's.
use crate::{Signal, Tid};

/// How long until a timer goes off, and how often then.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TimerSetting {
    /// Nanoseconds until it goes off; 0: it is off.
    pub value_ns: u64,
    /// Nanoseconds between later times; 0: once only.
    pub interval_ns: u64,
}

/// The timers of setitimer(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntervalTimer {
    /// `ITIMER_REAL`: SIGALRM. Shared with alarm(2).
    Real,
    /// `ITIMER_VIRTUAL` or `ITIMER_PROF`.
    Cpu(CpuTimer),
}

/// Timers that run on processor time, as reported with `ProcessTable::charge_time`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CpuTimer {
    /// User time: SIGVTALRM.
    Virtual,
    /// User and system time: SIGPROF.
    Profile,
}

/// What a POSIX timer does when it goes off (`struct sigevent`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimerNotify {
    /// `SIGEV_NONE`.
    None,
    /// `SIGEV_SIGNAL`, or with a thread `SIGEV_THREAD_ID`.
    Signal {
        /// Which signal.
        signal: Signal,
        /// `si_value`; `None`: the timer's number, as Linux does without a `sigevent`.
        value: Option<u64>,
        /// A thread of the process, or the process as a whole.
        thread: Option<Tid>,
    },
}
