// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interval timers: setitimer(2), alarm(2); processor time and its limit.
use super::ProcessTable;
use super::expiry::REAL;
use crate::{CpuTimer, IntervalTimer, Pid, SigInfo, Signal, TimerSetting};
use unix_abi::linux::general as linux;

const SECOND_NS: u64 = 1_000_000_000;

impl<X> ProcessTable<X> {
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
                self.clock_ns = self.clock_ns.max(now_ns);
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

    pub(super) fn real_timer_goes_off(&mut self, slot: usize) {
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
}
