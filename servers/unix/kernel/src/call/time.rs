// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading the time: clock_gettime, clock_getres, gettimeofday, time, times.
use super::{Arguments, Call, DONE};
use crate::World;
use crate::layout::Layout;
use crate::machine::Machine;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::Pid;

/// Clock ticks a second in times(2) and /proc (USER_HZ).
pub(crate) const TICKS: u64 = 100;

impl<M: Machine> World<M> {
    /// What a clock shows now, in nanoseconds; EINVAL if there is no such clock.
    pub(crate) fn clock(&mut self, pid: Pid, clock: u32) -> Result<u64> {
        match clock {
            linux::CLOCK_REALTIME | linux::CLOCK_REALTIME_COARSE | linux::CLOCK_TAI => {
                Ok(self.machine.realtime())
            }
            linux::CLOCK_MONOTONIC
            | linux::CLOCK_MONOTONIC_RAW
            | linux::CLOCK_MONOTONIC_COARSE
            | linux::CLOCK_BOOTTIME => Ok(self.machine.now()),
            linux::CLOCK_PROCESS_CPUTIME_ID | linux::CLOCK_THREAD_CPUTIME_ID => {
                Ok(self.processor_time(pid))
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// clock_gettime(2).
    pub(super) fn clock_gettime(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let now = self.clock(pid, arguments[0] as u32)?;
        let time = Layout::new().timespec(now).finish();
        self.write_user(self.space_of(pid), arguments[1], &time)?;
        DONE
    }

    /// clock_getres(2).
    pub(super) fn clock_getres(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.clock(pid, arguments[0] as u32)?;
        if arguments[1] != 0 {
            let resolution = Layout::new().timespec(1).finish();
            self.write_user(self.space_of(pid), arguments[1], &resolution)?;
        }
        DONE
    }

    /// gettimeofday(2). The time zone is always UTC.
    pub(super) fn gettimeofday(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [time, zone, ..] = arguments;
        let space = self.space_of(pid);
        if time != 0 {
            let now = Layout::new().timeval(self.machine.realtime()).finish();
            self.write_user(space, time, &now)?;
        }
        if zone != 0 {
            self.write_user(space, zone, &[0; 8])?;
        }
        DONE
    }

    /// time(2).
    #[cfg(any(target_arch = "x86_64", test))]
    pub(super) fn time(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let seconds = self.machine.realtime() / 1_000_000_000;
        if arguments[0] != 0 {
            self.write_user(self.space_of(pid), arguments[0], &seconds.to_le_bytes())?;
        }
        Ok((seconds as usize).into())
    }

    /// times(2).
    pub(super) fn times(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let ticks = |nanoseconds: u64| nanoseconds / (1_000_000_000 / TICKS);
        if arguments[0] != 0 {
            let (own, children) = self.usage(pid);
            let times = Layout::new()
                .u64(ticks(own.user_ns))
                .u64(ticks(own.system_ns))
                .u64(ticks(children.user_ns))
                .u64(ticks(children.system_ns))
                .finish();
            self.write_user(self.space_of(pid), arguments[0], &times)?;
        }
        Ok((ticks(self.machine.now()) as usize).into())
    }

    /// clock_settime(2), mount(2) and others that only an administrator of the machine may do.
    pub(super) fn not_permitted(&mut self, _: Pid, _: Arguments) -> Call {
        Err(Errno::EPERM)
    }
}
