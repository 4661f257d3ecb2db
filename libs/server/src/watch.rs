// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the caller and the watchdog know of each other. No kernel is in it.
//!
//! The two run in turns, switched at any moment. Each writes `alarm` before it sets the alarm, and looks at what the other one
//! has written afterwards: the caller at `alarm`, the watchdog at `deadline`. So whenever the caller waits, the alarm goes off
//! at its deadline or before, or has gone off and the watchdog has not looked yet.
//!
//! While a call is under way the caller makes no system call but that one and to let others run: the watchdog could not tell
//! how far it is.

use core::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// The call that is limited, if there is one, and the alarm.
#[derive(Debug)]
pub struct Watch {
    /// 0, or the present call's number with [`ARMED`] or [`FIRING`]. Each call has a number of its own: what the watchdog saw
    /// of an earlier one does not hold for it.
    state: AtomicU64,
    /// When the present call's time is over, in ticks of the counter.
    deadline: AtomicU64,
    /// When the alarm goes off; [`u64::MAX`] if nothing is known of it.
    alarm: AtomicU64,
    /// The last call's number.
    number: AtomicU64,
}

/// A call is under way.
const ARMED: u64 = 1;

/// Its time is over, and the watchdog is at it: the caller does not go on until the watchdog is done.
const FIRING: u64 = 2;

/// The lowest bit of the number.
const NUMBER: u64 = 4;

/// Why there is no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCall {
    /// The alarm cannot be set.
    NoAlarm,
    /// Its time is over already.
    Over,
}

impl Watch {
    /// No call.
    pub const fn new() -> Self {
        Self {
            state: AtomicU64::new(0),
            deadline: AtomicU64::new(u64::MAX),
            alarm: AtomicU64::new(u64::MAX),
            number: AtomicU64::new(0),
        }
    }

    /// Where the state is: it is what [`Watch::begin`] gave as long as the call may wait.
    pub const fn state(&self) -> &AtomicU64 {
        &self.state
    }

    /// The caller begins a call. `set` sets the alarm, and tells whether it could; `pass` is for [`Watch::end`].
    ///
    /// # Errors
    /// See [`NoCall`].
    pub fn begin(
        &self,
        deadline: u64,
        now: impl Fn() -> u64,
        set: impl Fn(u64) -> bool,
        pass: impl Fn(),
    ) -> Result<u64, NoCall> {
        let armed = self
            .number
            .fetch_add(NUMBER, SeqCst)
            .wrapping_add(NUMBER | ARMED);
        self.deadline.store(deadline, SeqCst);
        while deadline > now() {
            let alarm = self.alarm.load(SeqCst);
            // One whose time has come may be on its way to the watchdog, or lost with a clock that has ended.
            if alarm > deadline || alarm <= now() {
                self.alarm.store(deadline, SeqCst);
                if !set(deadline) {
                    self.alarm.store(u64::MAX, SeqCst);
                    return Err(NoCall::NoAlarm);
                }
            }
            self.state.store(armed, SeqCst);
            if self.alarm.load(SeqCst) <= deadline {
                return Ok(armed);
            }
            // The alarm went off before, and the watchdog found no call, or just this one.
            self.end(armed, &pass);
        }
        Err(NoCall::Over)
    }

    /// The caller ends a call that it has not made. While the watchdog is at it, `pass` lets it run.
    pub fn end(&self, armed: u64, pass: impl Fn()) {
        let exchanged = self.state.compare_exchange(armed, 0, SeqCst, SeqCst);
        if exchanged.is_err() {
            while self.state.load(SeqCst) != 0 {
                pass();
            }
        }
    }

    /// The watchdog was woken: the alarm has gone off. If the time of a call is over, or the alarm for it cannot be set, `fire`
    /// stops its waiting.
    pub fn woken(&self, now: impl Fn() -> u64, set: impl Fn(u64) -> bool, mut fire: impl FnMut()) {
        self.alarm.store(u64::MAX, SeqCst);
        loop {
            let state = self.state.load(SeqCst);
            if state & ARMED == 0 {
                return;
            }
            let deadline = self.deadline.load(SeqCst);
            if deadline > now() {
                self.alarm.store(deadline, SeqCst);
                if set(deadline) {
                    if self.deadline.load(SeqCst) >= deadline {
                        return;
                    }
                    continue;
                }
                self.alarm.store(u64::MAX, SeqCst);
            }
            let firing = state ^ ARMED ^ FIRING;
            if self
                .state
                .compare_exchange(state, firing, SeqCst, SeqCst)
                .is_ok()
            {
                fire();
                self.state.store(0, SeqCst);
            }
        }
    }
}

/// Addresses in the code that calls, in ascending order.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// From here on to `enter` the call is not made yet, but will be.
    pub begin: u64,
    /// The instruction that enters the kernel.
    pub enter: u64,
    /// Where it goes on with an answer.
    pub answered: u64,
    /// Where it goes on without.
    pub cancelled: u64,
}

impl Places {
    /// Where a thread goes on that was stopped while its call's time was over: `at` is the instruction that it would go on
    /// with, `capability` the register that has the capability's address during the call, and 0 when the answer is there.
    #[must_use]
    pub const fn next(&self, at: u64, capability: u64) -> u64 {
        if at == self.enter && capability == 0 {
            // The answer came, and the kernel has not yet let the thread go on.
            self.answered
        } else if self.begin <= at && at <= self.enter {
            self.cancelled
        } else {
            at
        }
    }
}

#[cfg(test)]
mod tests;
