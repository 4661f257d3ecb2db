// SPDX-License-Identifier: MIT OR Apache-2.0
//! Timers: setitimer(2), alarm(2), timer_create(2) and its kin, processor time.
use super::ProcessTable;
use crate::timer::{PosixTimer, RealTimer};
use crate::{CpuTimer, IntervalTimer, Pid, SigDetail, SigInfo, Signal, TimerNotify, TimerSetting};
use unix_abi::{Errno, linux::general as linux};

/// The interval timer in the list of deadlines; POSIX timers stand there by their number.
pub(super) const REAL: i32 = -1;
/// Most missed times that timer_getoverrun reports (`DELAYTIMER_MAX`).
const OVERRUN_MAX: u64 = i32::MAX as u64;
const SECOND_NS: u64 = 1_000_000_000;

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

    /// setitimer(2), alarm(2): the old setting, with what was left. All zero for a process that
    /// does not exist.
    pub fn set_interval_timer(
        &mut self,
        pid: Pid,
        which: IntervalTimer,
        new: TimerSetting,
        now_ns: u64,
    ) -> TimerSetting {
        let old = self.interval_timer(pid, which, now_ns);
        let Some(slot) = self.living(pid) else {
            return old;
        };
        match which {
            IntervalTimer::Cpu(timer) => {
                self.processes[slot].cpu_timers[timer as usize].setting = new;
            }
            IntervalTimer::Real => {
                self.disarm_real_timer(slot);
                self.processes[slot].real_timer.set(new, now_ns);
                self.arm_real_timer(slot);
            }
        }
        old
    }

    /// getitimer(2).
    pub fn interval_timer(&self, pid: Pid, which: IntervalTimer, now_ns: u64) -> TimerSetting {
        let Some(process) = self.process(pid) else {
            return TimerSetting::default();
        };
        match which {
            IntervalTimer::Cpu(timer) => process.cpu_timers[timer as usize].setting,
            // As on Linux it stands still until its signal has been taken.
            IntervalTimer::Real if process.real_timer.waiting => TimerSetting {
                value_ns: 0,
                interval_ns: process.real_timer.interval,
            },
            IntervalTimer::Real => process.real_timer.setting(now_ns),
        }
    }

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

    /// Adds processor time to a process: `ITIMER_VIRTUAL`, `ITIMER_PROF` and `RLIMIT_CPU` follow.
    pub fn charge_time(&mut self, pid: Pid, user_ns: u64, system_ns: u64) {
        let Some(slot) = self.living(pid) else { return };
        let process = &mut self.processes[slot];
        let both = user_ns.saturating_add(system_ns);
        process.usage.user_ns = process.usage.user_ns.saturating_add(user_ns);
        process.usage.system_ns = process.usage.system_ns.saturating_add(system_ns);
        let virtual_due = process.cpu_timers[CpuTimer::Virtual as usize].pass(user_ns);
        let profile_due = process.cpu_timers[CpuTimer::Profile as usize].pass(both);
        if virtual_due {
            let _ = self.generate(slot, None, SigInfo::from_kernel(Signal::VTALRM));
        }
        if profile_due {
            let _ = self.generate(slot, None, SigInfo::from_kernel(Signal::PROF));
        }
        self.check_cpu_limit(slot);
    }

    fn check_cpu_limit(&mut self, slot: usize) {
        let process = &mut self.processes[slot];
        let used = process
            .usage
            .user_ns
            .saturating_add(process.usage.system_ns)
            / SECOND_NS;
        let Ok(limit) = process.limits.get(linux::RLIMIT_CPU) else {
            return;
        };
        if used >= limit.hard {
            let _ = self.generate(slot, None, SigInfo::from_kernel(Signal::KILL));
        } else if used >= limit.soft {
            // Once more after each further second.
            process.limits.put_off_cpu_limit(used + 1);
            let _ = self.generate(slot, None, SigInfo::from_kernel(Signal::XCPU));
        }
    }

    fn timer(&self, pid: Pid, timer: i32) -> Result<&PosixTimer, Errno> {
        let slot = self.living(pid).ok_or(Errno::EINVAL)?;
        let mut timers = self.processes[slot].timers.iter();
        timers.find(|state| state.id == timer).ok_or(Errno::EINVAL)
    }

    fn timer_mut(&mut self, slot: usize, timer: i32) -> Option<&mut PosixTimer> {
        self.processes[slot]
            .timers
            .iter_mut()
            .find(|state| state.id == timer)
    }

    fn real_timer_goes_off(&mut self, slot: usize) {
        self.processes[slot].real_timer.went_off();
        let _ = self.generate(slot, None, SigInfo::from_kernel(Signal::ALRM));
    }

    pub(super) fn rearm_real_timer(&mut self, slot: usize) {
        let now = self.clock_ns;
        let timer = &mut self.processes[slot].real_timer;
        if timer.waiting {
            timer.rearm(now);
            self.arm_real_timer(slot);
        }
    }

    fn arm_real_timer(&mut self, slot: usize) {
        if let Some(deadline) = self.processes[slot].real_timer.deadline {
            self.deadlines.insert((deadline, slot, REAL));
        }
    }

    pub(super) fn disarm_real_timer(&mut self, slot: usize) {
        if let Some(deadline) = self.processes[slot].real_timer.deadline.take() {
            self.deadlines.remove(&(deadline, slot, REAL));
        }
    }

    fn posix_timer_goes_off(&mut self, slot: usize, timer: i32) {
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
