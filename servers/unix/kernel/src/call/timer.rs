// SPDX-License-Identifier: MIT OR Apache-2.0
//! Timers that send signals: alarm, setitimer, timer_create and its family.
use super::{Arguments, Call, DONE};
use crate::World;
use crate::layout::{Fields, Layout};
use crate::machine::Machine;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::{CpuTimer, IntervalTimer, Pid, Signal, TimerNotify, TimerSetting};

fn interval_timer(argument: usize) -> Result<IntervalTimer> {
    match argument as u32 {
        linux::ITIMER_REAL => Ok(IntervalTimer::Real),
        linux::ITIMER_VIRTUAL => Ok(IntervalTimer::Cpu(CpuTimer::Virtual)),
        linux::ITIMER_PROF => Ok(IntervalTimer::Cpu(CpuTimer::Profile)),
        _ => Err(Errno::EINVAL),
    }
}

impl<M: Machine> World<M> {
    /// alarm(2): seconds that were left, rounded as Linux rounds them.
    #[cfg(any(target_arch = "x86_64", test))]
    pub(super) fn alarm(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let value_ns = u64::from(arguments[0] as u32) * 1_000_000_000;
        let new = TimerSetting {
            value_ns,
            interval_ns: 0,
        };
        let now = self.machine.now();
        let old = self
            .processes
            .set_interval_timer(pid, IntervalTimer::Real, new, now);
        let (seconds, rest) = (old.value_ns / 1_000_000_000, old.value_ns % 1_000_000_000);
        let up = u64::from((seconds == 0 && rest > 0) || rest >= 500_000_000);
        Ok(((seconds + up) as usize).into())
    }

    /// setitimer(2).
    pub(super) fn setitimer(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [which, new, old, ..] = arguments;
        let which = interval_timer(which)?;
        let space = self.space_of(pid);
        let mut setting = TimerSetting::default();
        if new != 0 {
            let mut bytes = [0; 32];
            self.read_user(space, new, &mut bytes)?;
            let mut fields = Fields::new(&bytes);
            setting.interval_ns = time(fields.i64(), fields.i64(), 1000)?;
            setting.value_ns = time(fields.i64(), fields.i64(), 1000)?;
        }
        let now = self.machine.now();
        let before = self.processes.set_interval_timer(pid, which, setting, now);
        if old != 0 {
            let bytes = Layout::new()
                .timeval(before.interval_ns)
                .timeval(before.value_ns)
                .finish();
            self.write_user(space, old, &bytes)?;
        }
        DONE
    }

    /// getitimer(2).
    pub(super) fn getitimer(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let which = interval_timer(arguments[0])?;
        let now = self.machine.now();
        let setting = self.processes.interval_timer(pid, which, now);
        let bytes = Layout::new()
            .timeval(setting.interval_ns)
            .timeval(setting.value_ns)
            .finish();
        self.write_user(self.space_of(pid), arguments[1], &bytes)?;
        DONE
    }

    /// timer_create(2).
    pub(super) fn timer_create(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [clock, event, id, ..] = arguments;
        match clock as u32 {
            linux::CLOCK_REALTIME | linux::CLOCK_MONOTONIC | linux::CLOCK_BOOTTIME => {}
            _ => return Err(Errno::EINVAL),
        }
        let space = self.space_of(pid);
        let mut notify = TimerNotify::Signal {
            signal: Signal::ALRM,
            value: None,
            thread: None,
        };
        if event != 0 {
            let mut bytes = [0; 64];
            self.read_user(space, event, &mut bytes)?;
            let mut fields = Fields::new(&bytes);
            let (value, number, kind) = (fields.u64(), fields.u32() as i32, fields.u32());
            let thread = fields.u32() as i32;
            let signal = || Signal::new(number).ok_or(Errno::EINVAL);
            notify = match kind {
                linux::SIGEV_NONE => TimerNotify::None,
                linux::SIGEV_SIGNAL => TimerNotify::Signal {
                    signal: signal()?,
                    value: Some(value),
                    thread: None,
                },
                linux::SIGEV_THREAD_ID if thread == pid.0 => TimerNotify::Signal {
                    signal: signal()?,
                    value: Some(value),
                    thread: Some(pid.main_thread()),
                },
                _ => return Err(Errno::EINVAL),
            };
        }
        let timer = self.processes.timer_create(pid, notify)?;
        if let Err(error) = self.write_user(space, id, &timer.to_le_bytes()) {
            self.processes.timer_delete(pid, timer)?;
            return Err(error);
        }
        if clock as u32 == linux::CLOCK_REALTIME {
            self.task_mut(pid).realtime_timers.insert(timer);
        }
        DONE
    }

    /// timer_settime(2).
    pub(super) fn timer_settime(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [timer, flags, new, old, ..] = arguments;
        let space = self.space_of(pid);
        let mut bytes = [0; 32];
        self.read_user(space, new, &mut bytes)?;
        let mut fields = Fields::new(&bytes);
        let interval_ns = time(fields.i64(), fields.i64(), 1)?;
        let mut value_ns = time(fields.i64(), fields.i64(), 1)?;
        let now = self.machine.now();
        if flags as u32 & linux::TIMER_ABSTIME != 0 && value_ns != 0 {
            // The timer itself runs on the clock that only goes forward.
            let real = self.task(pid).realtime_timers.contains(&(timer as i32));
            let base = if real { self.machine.realtime() } else { now };
            value_ns = value_ns.saturating_sub(base).max(1);
        }
        let setting = TimerSetting {
            value_ns,
            interval_ns,
        };
        let before = self
            .processes
            .timer_settime(pid, timer as i32, setting, now)?;
        if old != 0 {
            let bytes = Layout::new()
                .timespec(before.interval_ns)
                .timespec(before.value_ns)
                .finish();
            self.write_user(space, old, &bytes)?;
        }
        DONE
    }

    /// timer_gettime(2).
    pub(super) fn timer_gettime(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let now = self.machine.now();
        let setting = self
            .processes
            .timer_gettime(pid, arguments[0] as i32, now)?;
        let bytes = Layout::new()
            .timespec(setting.interval_ns)
            .timespec(setting.value_ns)
            .finish();
        self.write_user(self.space_of(pid), arguments[1], &bytes)?;
        DONE
    }

    /// timer_getoverrun(2).
    pub(super) fn timer_getoverrun(&mut self, pid: Pid, arguments: Arguments) -> Call {
        Ok((self.processes.timer_getoverrun(pid, arguments[0] as i32)? as usize).into())
    }

    /// timer_delete(2).
    pub(super) fn timer_delete(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.processes.timer_delete(pid, arguments[0] as i32)?;
        self.task_mut(pid)
            .realtime_timers
            .remove(&(arguments[0] as i32));
        DONE
    }
}

/// Seconds and a fraction of `unit` nanoseconds as nanoseconds.
fn time(seconds: i64, fraction: i64, unit: i64) -> Result<u64> {
    if seconds < 0 || !(0..1_000_000_000 / unit).contains(&fraction) {
        return Err(Errno::EINVAL);
    }
    Ok((seconds as u64)
        .saturating_mul(1_000_000_000)
        .saturating_add((fraction * unit) as u64))
}
