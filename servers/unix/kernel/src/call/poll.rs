// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waiting for several descriptors at once: poll, ppoll, select, pselect6.
use super::{Arguments, Call, Outcome};
use crate::World;
use crate::layout::Fields;
#[cfg(any(target_arch = "x86_64", test))]
use crate::layout::Layout;
use crate::machine::Machine;
use crate::wait::{Interrupt, Key, Wait};
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::{Pid, SignalSet};
use unix_vfs::Readiness;

/// What counts for select(2)'s three sets (Linux's POLLIN_SET, POLLOUT_SET, POLLEX_SET).
const SETS: [u32; 3] = [
    linux::POLLRDNORM | linux::POLLRDBAND | linux::POLLIN | linux::POLLHUP | linux::POLLERR,
    linux::POLLWRBAND | linux::POLLWRNORM | linux::POLLOUT | linux::POLLERR,
    linux::POLLPRI,
];

impl<M: Machine> World<M> {
    /// What a descriptor is ready for, of `events`; and what to wait for if that is nothing.
    fn poll_descriptor(&mut self, pid: Pid, fd: u32, events: u32, keys: &mut Vec<Key>) -> u32 {
        let Ok(description) = self.description(pid, fd) else {
            return linux::POLLNVAL;
        };
        let always = linux::POLLERR | linux::POLLHUP | linux::POLLNVAL;
        let ready = match self.vfs.readiness(description) {
            Readiness::Ready(ready) => {
                let (reading, writing) = self.vfs.poll_waits(description);
                let reading = reading.filter(|_| events & SETS[0] != 0);
                let writing = writing.filter(|_| events & SETS[1] != 0);
                keys.extend(reading.into_iter().chain(writing).map(Key::File));
                ready
            }
            Readiness::Device(device) => self.device_readiness(device, keys),
            Readiness::External(_) => linux::POLLERR,
        };
        ready & (events | always)
    }

    /// When a wait with this timeout ends; kept over repetitions. `None` is for ever.
    pub(crate) fn deadline_after(&mut self, pid: Pid, timeout: Option<u64>) -> Option<u64> {
        let timeout = timeout?;
        if let Some(deadline) = self.progress(pid).deadline {
            return Some(deadline);
        }
        let deadline = self.machine.now().saturating_add(timeout);
        self.progress_mut(pid).deadline = Some(deadline);
        Some(deadline)
    }

    /// Has the deadline of a call come?
    pub(crate) fn is_over(&mut self, deadline: Option<u64>) -> bool {
        deadline.is_some_and(|deadline| self.machine.now() >= deadline)
    }

    /// poll(2).
    #[cfg(any(target_arch = "x86_64", test))]
    pub(super) fn poll(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let milliseconds = arguments[2] as i32;
        let timeout = u64::try_from(milliseconds)
            .ok()
            .map(|time| time * 1_000_000);
        self.poll_array(pid, arguments[0], arguments[1], timeout)
    }

    /// ppoll(2).
    pub(super) fn ppoll(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [array, count, time, mask, mask_size, _] = arguments;
        let timeout = self.read_timeout(pid, time)?;
        self.set_temporary_mask(pid, mask, mask_size)?;
        let result = self.poll_array(pid, array, count, timeout);
        self.end_temporary_mask(pid, result)
    }

    fn poll_array(&mut self, pid: Pid, array: usize, count: usize, timeout: Option<u64>) -> Call {
        if count as u64 > u64::from(self.descriptor_limit(pid)) {
            return Err(Errno::EINVAL);
        }
        let space = self.space_of(pid);
        let mut bytes = alloc::vec![0; count * 8];
        self.read_user(space, array, &mut bytes)?;
        let mut keys = Vec::new();
        let mut ready = 0;
        for item in bytes.chunks_exact_mut(8) {
            let mut fields = Fields::new(item);
            let (fd, events) = (fields.u32() as i32, u32::from(fields.u16()));
            let found = match u32::try_from(fd) {
                Ok(fd) => self.poll_descriptor(pid, fd, events, &mut keys),
                Err(_) => 0,
            };
            ready += usize::from(found != 0);
            item[6..].copy_from_slice(&(found as u16).to_le_bytes());
        }
        let deadline = self.deadline_after(pid, timeout);
        if ready == 0 && !self.is_over(deadline) {
            return Ok(poll_wait(keys, deadline));
        }
        self.write_user(space, array, &bytes)?;
        Ok(ready.into())
    }

    /// select(2).
    #[cfg(any(target_arch = "x86_64", test))]
    pub(super) fn select(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [count, read, write, except, time, _] = arguments;
        let timeout = match time {
            0 => None,
            _ => {
                let mut bytes = [0; 16];
                self.read_user(self.space_of(pid), time, &mut bytes)?;
                let mut fields = Fields::new(&bytes);
                let (seconds, microseconds) = (fields.i64(), fields.i64());
                if seconds < 0 || microseconds < 0 {
                    return Err(Errno::EINVAL);
                }
                let whole = (seconds as u64).saturating_mul(1_000_000_000);
                Some(whole.saturating_add((microseconds as u64).saturating_mul(1000)))
            }
        };
        let result = self.select_sets(pid, count, [read, write, except], timeout)?;
        if let (Outcome::Return(_), true) = (&result, time != 0) {
            let rest = self.time_left(pid);
            let rest = Layout::new().timeval(rest).finish();
            let _ = self.write_user(self.space_of(pid), time, &rest);
        }
        Ok(result)
    }

    /// pselect6(2): the last argument points to the mask's address and size.
    pub(super) fn pselect6(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [count, read, write, except, time, mask] = arguments;
        let timeout = self.read_timeout(pid, time)?;
        if mask != 0 {
            let space = self.space_of(pid);
            let address = self.read_user_word(space, mask)? as usize;
            let size = self.read_user_word(space, mask + 8)? as usize;
            self.set_temporary_mask(pid, address, size)?;
        }
        let result = self.select_sets(pid, count, [read, write, except], timeout);
        self.end_temporary_mask(pid, result)
    }

    fn select_sets(
        &mut self,
        pid: Pid,
        count: usize,
        addresses: [usize; 3],
        timeout: Option<u64>,
    ) -> Call {
        if (count as i32) < 0 {
            return Err(Errno::EINVAL);
        }
        let count = count.min(self.descriptor_limit(pid) as usize);
        let space = self.space_of(pid);
        let length = count.div_ceil(64) * 8;
        let mut wanted: [Vec<u8>; 3] = Default::default();
        for (set, address) in wanted.iter_mut().zip(addresses) {
            *set = alloc::vec![0; length];
            if address != 0 {
                self.read_user(space, address, set)?;
            }
        }
        let mut found: [Vec<u8>; 3] = core::array::from_fn(|_| alloc::vec![0; length]);
        let mut keys = Vec::new();
        let mut ready = 0;
        for fd in 0..count {
            let (byte, bit) = (fd / 8, 1 << (fd % 8));
            let asked: Vec<usize> = (0..3).filter(|set| wanted[*set][byte] & bit != 0).collect();
            if asked.is_empty() {
                continue;
            }
            let events = asked.iter().fold(0, |events, set| events | SETS[*set]);
            let result = self.poll_descriptor(pid, fd as u32, events, &mut keys);
            if result & linux::POLLNVAL != 0 {
                return Err(Errno::EBADF);
            }
            for set in asked {
                if result & SETS[set] != 0 {
                    found[set][byte] |= bit;
                    ready += 1;
                }
            }
        }
        let deadline = self.deadline_after(pid, timeout);
        if ready == 0 && !self.is_over(deadline) {
            return Ok(poll_wait(keys, deadline));
        }
        for (set, address) in found.iter().zip(addresses) {
            if address != 0 {
                self.write_user(space, address, set)?;
            }
        }
        Ok(ready.into())
    }

    /// A struct timespec as a timeout in nanoseconds; a null address is none.
    pub(crate) fn read_timeout(&mut self, pid: Pid, address: usize) -> Result<Option<u64>> {
        if address == 0 {
            return Ok(None);
        }
        self.read_timespec(pid, address).map(Some)
    }

    /// A struct timespec in nanoseconds; EINVAL when it is none.
    pub(crate) fn read_timespec(&mut self, pid: Pid, address: usize) -> Result<u64> {
        let mut bytes = [0; 16];
        self.read_user(self.space_of(pid), address, &mut bytes)?;
        let mut fields = Fields::new(&bytes);
        let (seconds, nanoseconds) = (fields.i64(), fields.i64());
        if seconds < 0 || !(0..1_000_000_000).contains(&nanoseconds) {
            return Err(Errno::EINVAL);
        }
        Ok((seconds as u64)
            .saturating_mul(1_000_000_000)
            .saturating_add(nanoseconds as u64))
    }

    /// What is left until the deadline of the running call, in nanoseconds.
    pub(crate) fn time_left(&mut self, pid: Pid) -> u64 {
        match self.progress(pid).deadline {
            Some(deadline) => deadline.saturating_sub(self.machine.now()),
            None => 0,
        }
    }

    /// A signal mask of a program's; EINVAL when the size is not the kernel's.
    pub(crate) fn read_mask(&mut self, pid: Pid, address: usize, size: usize) -> Result<SignalSet> {
        if size != 8 {
            return Err(Errno::EINVAL);
        }
        Ok(SignalSet(self.read_user_word(self.space_of(pid), address)?))
    }
}

fn poll_wait(keys: Vec<Key>, deadline: Option<u64>) -> Outcome {
    let wait = Wait {
        keys,
        deadline,
        interrupt: Interrupt::RestartWithoutHandler,
    };
    Outcome::Block(wait)
}
