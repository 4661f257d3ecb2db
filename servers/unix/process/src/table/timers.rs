// SPDX-License-Identifier: MIT OR Apache-2.0
//! POSIX timers: timer_create(2) and its kin.
use super::ProcessTable;
use crate::timer::{PosixTimer, RealTimer};
use crate::{Pid, TimerNotify, TimerSetting};
use unix_abi::{Errno, linux::general as linux};

impl<X> ProcessTable<X> {
    /// timer_create(2): its number. `EAGAIN` when the user may not queue one more signal, `EINVAL`
    /// for a thread of another process, `ESRCH`.
    pub fn timer_create(&mut self, pid: Pid, notify: TimerNotify) -> Result<i32, Errno> {
        let slot = self.living(pid).ok_or(Errno::ESRCH)?;
        if let TimerNotify::Signal {
            thread: Some(tid), ..
        } = notify
        {
            let thread = self.thread(tid).ok_or(Errno::EINVAL)?;
            if thread.process != slot {
                return Err(Errno::EINVAL);
            }
        }
        let process = &self.processes[slot];
        let limit = process.limits.soft(linux::RLIMIT_SIGPENDING);
        if !self.add_queued_signal(process.credentials.uid, Some(limit)) {
            return Err(Errno::EAGAIN);
        }
        let process = &mut self.processes[slot];
        let payer = process.credentials.uid;
        let mut id = process.next_timer;
        while process.timers.iter().any(|timer| timer.id == id) {
            id = id.wrapping_add(1) & i32::MAX;
        }
        process.next_timer = id.wrapping_add(1) & i32::MAX;
        let clock = RealTimer::default();
        process.timers.push(PosixTimer {
            id,
            notify,
            clock,
            overrun: 0,
            queued: false,
            payer,
        });
        Ok(id)
    }

    /// timer_settime(2) with a time from now (an absolute one is for the caller to convert; one
    /// that is past is 1 ns): the old setting. `EINVAL`.
    pub fn timer_settime(
        &mut self,
        pid: Pid,
        timer: i32,
        new: TimerSetting,
        now_ns: u64,
    ) -> Result<TimerSetting, Errno> {
        let slot = self.living(pid).ok_or(Errno::EINVAL)?;
        self.clock_ns = self.clock_ns.max(now_ns);
        let state = self.timer_mut(slot, timer).ok_or(Errno::EINVAL)?;
        let old = state.clock.setting(now_ns);
        let armed = state.clock.deadline.filter(|_| !state.clock.waiting);
        state.clock.set(new, now_ns);
        state.overrun = 0;
        let deadline = state.clock.deadline;
        let was_queued = core::mem::take(&mut state.queued);
        if was_queued {
            self.discard_timer_signals(slot, Some(timer));
        }
        if let Some(armed) = armed {
            self.deadlines.remove(&(armed, slot, timer));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, slot, timer));
        }
        Ok(old)
    }

    /// timer_gettime(2). `EINVAL`.
    pub fn timer_gettime(&self, pid: Pid, timer: i32, now_ns: u64) -> Result<TimerSetting, Errno> {
        self.timer(pid, timer)
            .map(|timer| timer.clock.setting(now_ns))
    }

    /// timer_getoverrun(2): times missed before the signal that was taken last. `EINVAL`.
    pub fn timer_getoverrun(&self, pid: Pid, timer: i32) -> Result<i32, Errno> {
        self.timer(pid, timer).map(|timer| timer.overrun)
    }

    /// timer_delete(2). A signal of it that is still pending is thrown away. `EINVAL`.
    pub fn timer_delete(&mut self, pid: Pid, timer: i32) -> Result<(), Errno> {
        let slot = self.living(pid).ok_or(Errno::EINVAL)?;
        let timers = &mut self.processes[slot].timers;
        let index = timers
            .iter()
            .position(|state| state.id == timer)
            .ok_or(Errno::EINVAL)?;
        let state = timers.swap_remove(index);
        self.forget_timer(slot, &state);
        self.discard_timer_signals(slot, Some(timer));
        Ok(())
    }

    fn timer(&self, pid: Pid, timer: i32) -> Result<&PosixTimer, Errno> {
        let slot = self.living(pid).ok_or(Errno::EINVAL)?;
        let mut timers = self.processes[slot].timers.iter();
        timers.find(|state| state.id == timer).ok_or(Errno::EINVAL)
    }

    pub(super) fn timer_mut(&mut self, slot: usize, timer: i32) -> Option<&mut PosixTimer> {
        self.processes[slot]
            .timers
            .iter_mut()
            .find(|state| state.id == timer)
    }

    /// All POSIX timers of a process go, with their pending signals.
    pub(super) fn delete_timers(&mut self, slot: usize) {
        let timers = core::mem::take(&mut self.processes[slot].timers);
        if timers.is_empty() {
            return;
        }
        for state in &timers {
            self.forget_timer(slot, state);
        }
        self.discard_timer_signals(slot, None);
    }

    fn forget_timer(&mut self, slot: usize, state: &PosixTimer) {
        self.remove_queued_signal(Some(state.payer));
        if let Some(deadline) = state.clock.deadline {
            self.deadlines.remove(&(deadline, slot, state.id));
        }
    }

    fn discard_timer_signals(&mut self, slot: usize, timer: Option<i32>) {
        self.processes[slot].pending.discard_timers(timer);
        for index in 0..self.processes[slot].threads.len() {
            let thread = self.processes[slot].threads[index].slot;
            self.threads[thread].pending.discard_timers(timer);
        }
    }
}
