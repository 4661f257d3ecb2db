// SPDX-License-Identifier: MIT OR Apache-2.0
//! Limits, use and scheduling: getrlimit, prlimit64, getrusage, getpriority, sched_*.
use super::wait::usage_bytes;
use super::{Arguments, Call, DONE};
use crate::World;
use crate::layout::{Fields, Layout};
use crate::machine::Machine;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::{Limit, Pid, Usage};

/// The one processor as a CPU mask.
const ONE_CPU: u64 = 1;

impl<M: Machine> World<M> {
    /// A process by its number, 0 being the caller.
    fn target(&self, pid: Pid, argument: usize) -> Result<Pid> {
        let wanted = if argument as i32 == 0 {
            pid
        } else {
            Pid(argument as i32)
        };
        self.processes
            .process(wanted)
            .map(|_| wanted)
            .ok_or(Errno::ESRCH)
    }

    fn read_limit(&mut self, pid: Pid, address: usize) -> Result<Option<Limit>> {
        if address == 0 {
            return Ok(None);
        }
        let mut bytes = [0; 16];
        self.read_user(self.space_of(pid), address, &mut bytes)?;
        let mut fields = Fields::new(&bytes);
        Ok(Some(Limit {
            soft: fields.u64(),
            hard: fields.u64(),
        }))
    }

    fn write_limit(&mut self, pid: Pid, address: usize, limit: Limit) -> Result<()> {
        let bytes = Layout::new().u64(limit.soft).u64(limit.hard).finish();
        self.write_user(self.space_of(pid), address, &bytes)
    }

    /// getrlimit(2).
    pub(super) fn getrlimit(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let limit = self
            .processes
            .set_limit(pid, pid, arguments[0] as u32, None)?;
        self.write_limit(pid, arguments[1], limit)?;
        DONE
    }

    /// setrlimit(2).
    pub(super) fn setrlimit(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let new = self.read_limit(pid, arguments[1])?.ok_or(Errno::EFAULT)?;
        self.processes
            .set_limit(pid, pid, arguments[0] as u32, Some(new))?;
        DONE
    }

    /// prlimit64(2).
    pub(super) fn prlimit64(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [target, resource, new, old, ..] = arguments;
        let target = self.target(pid, target)?;
        let new = self.read_limit(pid, new)?;
        let before = self
            .processes
            .set_limit(pid, target, resource as u32, new)?;
        if old != 0 {
            self.write_limit(pid, old, before)?;
        }
        DONE
    }

    /// What a process and its waited-for children have used.
    pub(crate) fn usage(&mut self, pid: Pid) -> (Usage, Usage) {
        self.charge(pid);
        let process = self.processes.process(pid);
        process.map_or_else(Default::default, |process| {
            (process.usage, *process.children_usage())
        })
    }

    /// Processor time that a process has used, in nanoseconds.
    pub(crate) fn processor_time(&mut self, pid: Pid) -> u64 {
        let (own, _) = self.usage(pid);
        own.user_ns + own.system_ns
    }

    /// getrusage(2).
    pub(super) fn getrusage(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let (own, children) = self.usage(pid);
        let usage = match arguments[0] as i32 {
            linux::RUSAGE_CHILDREN => children,
            0 | 1 => own,
            _ => return Err(Errno::EINVAL),
        };
        self.write_user(self.space_of(pid), arguments[1], &usage_bytes(&usage))?;
        DONE
    }

    /// The processes that getpriority(2) and setpriority(2) mean.
    fn prioritized(&self, pid: Pid, which: usize, who: usize) -> Result<alloc::vec::Vec<Pid>> {
        let who = who as i32;
        let own = self.processes.process(pid).ok_or(Errno::ESRCH)?;
        let mut found = alloc::vec::Vec::new();
        let mut next = Pid::INIT;
        while let Some(process) = self.processes.next_process(next) {
            next = Pid(process.pid().0 + 1);
            let meant = match which as u32 {
                linux::PRIO_PROCESS => process.pid().0 == if who == 0 { pid.0 } else { who },
                linux::PRIO_PGRP => process.group().0 == if who == 0 { own.group().0 } else { who },
                linux::PRIO_USER => {
                    let user = if who == 0 {
                        own.credentials().uid
                    } else {
                        who as u32
                    };
                    process.credentials().uid == user
                }
                _ => return Err(Errno::EINVAL),
            };
            if meant {
                found.push(process.pid());
            }
        }
        if found.is_empty() {
            Err(Errno::ESRCH)
        } else {
            Ok(found)
        }
    }

    /// getpriority(2): the raw call returns 20 minus the nice value.
    pub(super) fn getpriority(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let found = self.prioritized(pid, arguments[0], arguments[1])?;
        let nices = found
            .iter()
            .filter_map(|pid| self.processes.process(*pid))
            .map(|p| p.nice);
        let lowest = nices.min().unwrap_or(0);
        Ok(((20 - i32::from(lowest)) as usize).into())
    }

    /// setpriority(2).
    pub(super) fn setpriority(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let nice = (arguments[2] as i32).clamp(-20, 19) as i8;
        let privileged = self.credentials(pid).is_privileged();
        let own = self.credentials(pid).euid;
        for target in self.prioritized(pid, arguments[0], arguments[1])? {
            let Some(process) = self.processes.process_mut(target) else {
                continue;
            };
            let credentials = process.credentials();
            if !privileged && own != credentials.uid && own != credentials.euid {
                return Err(Errno::EPERM);
            }
            if !privileged && nice < process.nice {
                return Err(Errno::EACCES);
            }
            process.nice = nice;
        }
        DONE
    }

    /// sched_getaffinity(2): the raw call returns how many bytes it wrote.
    pub(super) fn sched_getaffinity(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [target, size, address, ..] = arguments;
        self.target(pid, target)?;
        if size < 8 || !size.is_multiple_of(8) {
            return Err(Errno::EINVAL);
        }
        self.write_user(self.space_of(pid), address, &ONE_CPU.to_le_bytes())?;
        Ok(8.into())
    }

    /// sched_setaffinity(2): any mask that has the one processor.
    pub(super) fn sched_setaffinity(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [target, size, address, ..] = arguments;
        self.target(pid, target)?;
        let mut mask = [0; 8];
        let length = size.min(8);
        self.read_user(self.space_of(pid), address, &mut mask[..length])?;
        if u64::from_le_bytes(mask) & ONE_CPU == 0 {
            return Err(Errno::EINVAL);
        }
        DONE
    }

    /// sched_getscheduler(2): SCHED_OTHER.
    pub(super) fn sched_getscheduler(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.target(pid, arguments[0])?;
        Ok((linux::SCHED_NORMAL as usize).into())
    }

    /// sched_getparam(2): priority 0.
    pub(super) fn sched_getparam(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.target(pid, arguments[0])?;
        self.write_user(self.space_of(pid), arguments[1], &[0; 4])?;
        DONE
    }

    /// sched_get_priority_max(2), sched_get_priority_min(2).
    pub(super) fn sched_priority_range(&mut self, _: Pid, arguments: Arguments) -> Call {
        match arguments[0] as u32 {
            linux::SCHED_NORMAL | linux::SCHED_BATCH | linux::SCHED_IDLE => DONE,
            _ => Err(Errno::EINVAL),
        }
    }

    /// getcpu(2).
    pub(super) fn getcpu(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let space = self.space_of(pid);
        for address in arguments
            .into_iter()
            .take(2)
            .filter(|address| *address != 0)
        {
            self.write_user(space, address, &[0; 4])?;
        }
        DONE
    }
}
