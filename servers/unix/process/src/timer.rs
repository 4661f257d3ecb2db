// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interval timers (setitimer(2)) and POSIX timers (timer_create(2)). All times are nanoseconds of
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

/// A timer on the clock.
///
/// One that repeats is not armed again before its signal has been taken: a program that sets a
/// tiny interval costs the system nothing while it does not handle the signal. What passed
/// meanwhile is counted when it is armed again.
#[derive(Clone, Copy, Default)]
pub(crate) struct RealTimer {
    /// When it goes off, or went off if `waiting`.
    pub deadline: Option<u64>,
    pub interval: u64,
    /// It went off and is armed again when its signal has been taken.
    pub waiting: bool,
}

impl RealTimer {
    /// What timer_gettime and getitimer say.
    pub fn setting(&self, now: u64) -> TimerSetting {
        let value_ns = match self.deadline {
            None => 0,
            Some(deadline) if deadline > now => deadline - now,
            Some(deadline) if self.waiting && self.interval > 0 => {
                self.interval - (now - deadline) % self.interval
            }
            Some(_) => 1,
        };
        TimerSetting {
            value_ns,
            interval_ns: self.interval,
        }
    }

    pub fn set(&mut self, new: TimerSetting, now: u64) {
        self.deadline = (new.value_ns != 0).then(|| now.saturating_add(new.value_ns));
        self.interval = new.interval_ns;
        self.waiting = false;
    }

    /// It went off. Whether it has to be armed again some time.
    pub fn went_off(&mut self) {
        if self.interval == 0 {
            self.deadline = None;
        } else {
            self.waiting = true;
        }
    }

    /// Arms it again behind `now`; gives how many times it would have gone off meanwhile.
    pub fn rearm(&mut self, now: u64) -> u64 {
        self.waiting = false;
        let Some(deadline) = self.deadline else {
            return 0;
        };
        if self.interval == 0 {
            self.deadline = None;
            return 0;
        }
        let missed = now.saturating_sub(deadline) / self.interval;
        self.deadline = Some(deadline.saturating_add(self.interval.saturating_mul(missed + 1)));
        missed
    }
}

/// A POSIX timer.
pub(crate) struct PosixTimer {
    pub id: i32,
    pub notify: TimerNotify,
    pub clock: RealTimer,
    /// Times missed before the signal that was taken last.
    pub overrun: i32,
    /// Its signal is in a queue.
    pub queued: bool,
    /// In whose books it stands as a queued signal.
    pub payer: u32,
}

/// A timer on processor time.
#[derive(Clone, Copy, Default)]
pub(crate) struct CpuTimerState {
    pub setting: TimerSetting,
}

impl CpuTimerState {
    /// Lets time pass; whether it went off.
    pub fn pass(&mut self, ns: u64) -> bool {
        let left = self.setting.value_ns;
        if left == 0 {
            return false;
        }
        if ns < left {
            self.setting.value_ns = left - ns;
            return false;
        }
        let interval = self.setting.interval_ns;
        self.setting.value_ns = if interval == 0 {
            0
        } else {
            interval - (ns - left) % interval
        };
        true
    }
}
