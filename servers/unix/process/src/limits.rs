// SPDX-License-Identifier: MIT OR Apache-2.0
//! Resource limits, getrlimit(2).
use unix_abi::{Errno, linux::general as linux};

/// How many resources there are (`RLIM_NLIMITS`).
pub const RESOURCES: usize = linux::RLIM_NLIMITS as usize;
/// No limit (`RLIM_INFINITY`).
pub const INFINITY: u64 = u64::MAX;
/// Most file descriptors that a limit can allow (`fs.nr_open`).
pub const NR_OPEN: u64 = 1 << 20;

/// A soft and a hard limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// What holds.
    pub soft: u64,
    /// How far the soft one may be raised.
    pub hard: u64,
}

/// All limits of a process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits([Limit; RESOURCES]);

impl Limits {
    /// Linux's defaults; `tasks` is what Linux computes from memory for `RLIMIT_NPROC` and
    /// `RLIMIT_SIGPENDING`.
    pub fn linux_defaults(tasks: u64) -> Self {
        let same = |value| Limit {
            soft: value,
            hard: value,
        };
        let mut limits = [same(INFINITY); RESOURCES];
        let mut set = |resource: u32, limit| limits[resource as usize] = limit;
        set(
            linux::RLIMIT_STACK,
            Limit {
                soft: 8 << 20,
                hard: INFINITY,
            },
        );
        set(
            linux::RLIMIT_CORE,
            Limit {
                soft: 0,
                hard: INFINITY,
            },
        );
        set(linux::RLIMIT_NPROC, same(tasks));
        set(
            linux::RLIMIT_NOFILE,
            Limit {
                soft: 1024,
                hard: 4096,
            },
        );
        set(linux::RLIMIT_MEMLOCK, same(8 << 20));
        set(linux::RLIMIT_SIGPENDING, same(tasks));
        set(linux::RLIMIT_MSGQUEUE, same(819_200));
        set(linux::RLIMIT_NICE, same(0));
        set(linux::RLIMIT_RTPRIO, same(0));
        Self(limits)
    }

    /// A limit by its number (`RLIMIT_*`). `EINVAL` if there is none.
    pub fn get(&self, resource: u32) -> Result<Limit, Errno> {
        self.0.get(resource as usize).copied().ok_or(Errno::EINVAL)
    }

    /// The soft limit of a resource that exists.
    pub fn soft(&self, resource: u32) -> u64 {
        self.0
            .get(resource as usize)
            .map_or(INFINITY, |limit| limit.soft)
    }

    /// setrlimit(2). `EINVAL` for an unknown resource or a soft limit above the hard one, `EPERM`
    /// for raising a hard limit without privilege or `RLIMIT_NOFILE` above [`NR_OPEN`].
    pub fn set(&mut self, resource: u32, new: Limit, privileged: bool) -> Result<(), Errno> {
        let slot = self.0.get_mut(resource as usize).ok_or(Errno::EINVAL)?;
        if new.soft > new.hard {
            return Err(Errno::EINVAL);
        }
        if resource == linux::RLIMIT_NOFILE && new.hard > NR_OPEN {
            return Err(Errno::EPERM);
        }
        if new.hard > slot.hard && !privileged {
            return Err(Errno::EPERM);
        }
        *slot = new;
        Ok(())
    }

    /// The soft limit of processor time was reached: the next time is this one, in seconds.
    pub(crate) fn put_off_cpu_limit(&mut self, seconds: u64) {
        self.0[linux::RLIMIT_CPU as usize].soft = seconds;
    }
}
