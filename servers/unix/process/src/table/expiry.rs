// SPDX-License-Identifier: MIT OR Apache-2.0
//! Timers that go off, and what becomes of them then.
use super::ProcessTable;
use crate::{SigDetail, SigInfo, Signal, TimerNotify};
use unix_abi::linux::general as linux;

/// The interval timer in the list of deadlines; POSIX timers stand there by their number.
pub(super) const REAL: i32 = -1;
/// Most missed times that timer_getoverrun reports (`DELAYTIMER_MAX`).
const OVERRUN_MAX: u64 = i32::MAX as u64;

impl<X> ProcessTable<X> {
    /// When [`Self::expire`] has to be called next, nanoseconds.
    pub fn next_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|&(deadline, ..)| deadline)
    }

    /// Lets go off what is due.
    pub fn expire(&mut self, now_ns: u64) {
        self.clock_ns = self.clock_ns.max(now_ns);
        while let Some(&(deadline, slot, timer)) = self.deadlines.first() {
            if deadline > now_ns {
                return;
            }
            self.deadlines.pop_first();
            if timer == REAL {
                self.real_timer_goes_off(slot);
            } else {
                self.posix_timer_goes_off(slot, timer);
            }
        }
    }

    pub(super) fn posix_timer_goes_off(&mut self, slot: usize, timer: i32) {
        let Some(state) = self.timer_mut(slot, timer) else {
            return;
        };
        state.clock.went_off();
        // One without a signal goes on by itself when somebody looks at it.
        let TimerNotify::Signal {
            signal,
            value,
            thread,
        } = state.notify
        else {
            return;
        };
        let thread = match thread.map(|tid| self.thread_slot(tid)) {
            None => None,
            Some(Some(thread)) if self.threads[thread].process == slot => Some(thread),
            Some(_) => return, // The thread has ended.
        };
        let value = value.unwrap_or(timer as u64);
        let detail = SigDetail::Timer {
            id: timer,
            overrun: 0,
            value,
        };
        let info = SigInfo {
            signal,
            errno: 0,
            code: linux::SI_TIMER,
            detail,
        };
        let _ = self.generate(slot, thread, info);
    }

    /// The signal of a timer is in a queue.
    pub(super) fn timer_signal_queued(&mut self, slot: usize, timer: i32) {
        if let Some(state) = self.timer_mut(slot, timer) {
            state.queued = true;
        }
    }

    /// The signal of a timer was taken out of its queue: it is armed again. Gives how many times it
    /// was missed.
    pub(super) fn timer_signal_taken(&mut self, slot: usize, timer: i32) -> i32 {
        let now = self.clock_ns;
        let Some(state) = self.timer_mut(slot, timer) else {
            return 0;
        };
        state.queued = false;
        let missed = if state.clock.waiting {
            state.clock.rearm(now)
        } else {
            0
        };
        state.overrun = missed.min(OVERRUN_MAX) as i32;
        let overrun = state.overrun;
        if let Some(deadline) = state.clock.deadline {
            self.deadlines.insert((deadline, slot, timer));
        }
        overrun
    }

    /// The signal of a timer was thrown away because it is ignored.
    pub(super) fn timer_signal_lost(&mut self, slot: usize, timer: i32) {
        if let Some(state) = self.timer_mut(slot, timer) {
            state.queued = false;
        }
    }

    /// A signal is no longer ignored: POSIX timers that went off in vain go on. (The interval timer
    /// does not: on Linux one that goes off while SIGALRM is ignored stops for good.)
    pub(super) fn timers_may_signal_again(&mut self, slot: usize, signal: Signal) {
        for index in 0..self.processes[slot].timers.len() {
            let state = &self.processes[slot].timers[index];
            let its =
                matches!(state.notify, TimerNotify::Signal { signal: its, .. } if its == signal);
            if its && state.clock.waiting && !state.queued {
                self.timer_signal_taken(slot, state.id);
            }
        }
    }
}
