// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sleeping: nanosleep, clock_nanosleep, sched_yield; and the futex, on which threads sleep.
use super::{Arguments, Call, DONE, Outcome};
use crate::World;
use crate::layout::Layout;
use crate::machine::Machine;
use crate::memory::Touch;
use crate::wait::{Interrupt, Key, Wait};
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_pages::PAGE_SIZE;
use unix_process::Pid;

impl<M: Machine> World<M> {
    /// nanosleep(2).
    pub(super) fn nanosleep(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [request, remaining, ..] = arguments;
        let duration = self.read_timespec(pid, request)?;
        self.sleep(pid, duration, remaining)
    }

    /// clock_nanosleep(2): errors are returned as positive numbers by the C library, not here.
    pub(super) fn clock_nanosleep(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [clock, flags, request, remaining, ..] = arguments;
        let now = self.clock(pid, clock as u32)?;
        let time = self.read_timespec(pid, request)?;
        match flags as u32 {
            0 => self.sleep(pid, time, remaining),
            linux::TIMER_ABSTIME => self.sleep(pid, time.saturating_sub(now), 0),
            _ => Err(Errno::EINVAL),
        }
    }

    fn sleep(&mut self, pid: Pid, duration: u64, remaining: usize) -> Call {
        let deadline = self.deadline_after(pid, Some(duration));
        if self.is_over(deadline) {
            return DONE;
        }
        // If a handler ends the sleep, the program hears how much was left.
        self.progress_mut(pid).remaining = (remaining != 0).then_some(remaining);
        let wait = Wait {
            keys: alloc::vec::Vec::new(),
            deadline,
            interrupt: Interrupt::RestartWithoutHandler,
        };
        Ok(Outcome::Block(wait))
    }

    /// Tells an interrupted sleeper how much was left.
    pub(crate) fn report_remaining(&mut self, pid: Pid) {
        if let Some(address) = self.progress(pid).remaining {
            let left = Layout::new().timespec(self.time_left(pid)).finish();
            // The sleep was interrupted either way; a bad pointer shows at the next use.
            let _ = self.write_user(self.space_of(pid), address, &left);
        }
    }

    /// sched_yield(2): whoever is ready runs next, because this one has just been served.
    pub(super) fn sched_yield(&mut self, _: Pid, _: Arguments) -> Call {
        DONE
    }

    /// futex(2): FUTEX_WAIT, FUTEX_WAKE and their bit set forms.
    pub(super) fn futex(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, operation, value, timeout, _, bits] = arguments;
        let operation = operation as u32;
        let realtime = operation & linux::FUTEX_CLOCK_REALTIME != 0;
        let command = operation & !(linux::FUTEX_PRIVATE_FLAG | linux::FUTEX_CLOCK_REALTIME);
        match command {
            linux::FUTEX_WAIT | linux::FUTEX_WAIT_BITSET => {
                if command == linux::FUTEX_WAIT_BITSET && bits as u32 == 0 {
                    return Err(Errno::EINVAL);
                }
                let absolute = command == linux::FUTEX_WAIT_BITSET;
                let timeout = match self.read_timeout(pid, timeout)? {
                    Some(time) if absolute => {
                        let now = if realtime {
                            self.machine.realtime()
                        } else {
                            self.machine.now()
                        };
                        Some(time.saturating_sub(now))
                    }
                    timeout => timeout,
                };
                self.futex_wait(pid, address, value as u32, timeout)
            }
            linux::FUTEX_WAKE | linux::FUTEX_WAKE_BITSET => {
                let key = self.futex_key(pid, address)?;
                Ok(self.waits.wake_some(key, value).into())
            }
            _ => Err(Errno::ENOSYS),
        }
    }

    fn futex_wait(&mut self, pid: Pid, address: usize, value: u32, timeout: Option<u64>) -> Call {
        let key = self.futex_key(pid, address)?;
        // Being run again means that somebody woke us, or that the time is over.
        if self.progress(pid).waited {
            let deadline = self.progress(pid).deadline;
            return if self.is_over(deadline) {
                Err(Errno::ETIMEDOUT)
            } else {
                DONE
            };
        }
        if self.read_user_u32(self.space_of(pid), address)? != value {
            return Err(Errno::EAGAIN);
        }
        let deadline = self.deadline_after(pid, timeout);
        self.progress_mut(pid).waited = true;
        Ok(Outcome::Block(Wait::on(key).until(deadline)))
    }

    fn futex_key(&mut self, pid: Pid, address: usize) -> Result<Key> {
        if !address.is_multiple_of(4) {
            return Err(Errno::EINVAL);
        }
        let page = self.user_page(self.space_of(pid), address, Touch::Read)?;
        Ok(Key::Futex(page.0, (address % PAGE_SIZE) as u16))
    }
}
