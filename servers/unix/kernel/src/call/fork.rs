// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making processes: fork, vfork, clone, clone3; and exit.
//!
//! The first half only checks and sends the caller through the gate, which saves what the world
//! cannot read; the second half is [`World::continue_fork`].
use super::{Arguments, Call, DONE, Outcome};
use crate::World;
use crate::layout::Fields;
use crate::lifecycle::{CloneWish, context_slot};
use crate::machine::Machine;
use crate::task::AfterRoutine;
use unix_abi::linux::general as linux;
use unix_abi::syscalls::Sysno;
use unix_abi::{Errno, Result};
use unix_gate::{Registers, Routine, address};
use unix_process::{Pid, Signal};

/// Flags that ask for threads, or for processes that share what these here do not share.
const NOT_HERE: u32 = linux::CLONE_THREAD
    | linux::CLONE_SIGHAND
    | linux::CLONE_FILES
    | linux::CLONE_FS
    | linux::CLONE_NEWNS
    | linux::CLONE_NEWCGROUP
    | linux::CLONE_NEWUTS
    | linux::CLONE_NEWIPC
    | linux::CLONE_NEWUSER
    | linux::CLONE_NEWPID
    | linux::CLONE_NEWNET
    | linux::CLONE_PIDFD;

impl<M: Machine> World<M> {
    /// fork(2).
    #[cfg(any(target_arch = "x86_64", test))]
    pub(super) fn fork(&mut self, pid: Pid, _: Arguments) -> Call {
        self.begin_fork(pid)
    }

    /// vfork(2).
    #[cfg(any(target_arch = "x86_64", test))]
    pub(super) fn vfork(&mut self, pid: Pid, _: Arguments) -> Call {
        self.begin_fork(pid)
    }

    /// clone(2).
    pub(super) fn clone(&mut self, pid: Pid, _: Arguments) -> Call {
        self.begin_fork(pid)
    }

    /// clone3(2).
    pub(super) fn clone3(&mut self, pid: Pid, _: Arguments) -> Call {
        self.begin_fork(pid)
    }

    fn begin_fork(&mut self, pid: Pid) -> Call {
        let special = self.task_mut(pid).call_registers.take();
        let registers = special.unwrap_or_else(|| self.program_registers(pid));
        self.clone_wish(pid, &registers)?;
        let after = AfterRoutine::Fork(registers);
        self.run_routine(pid, &registers, Routine::SaveState, context_slot(), after);
        Ok(Outcome::Gate)
    }

    /// What a process asks for that stands at one of the calls above.
    pub(crate) fn clone_wish(&mut self, pid: Pid, registers: &Registers) -> Result<CloneWish> {
        let call = Sysno::new(registers.call_number()).ok_or(Errno::ENOSYS)?;
        let argument = |index| registers.argument(index);
        let wish = match call {
            Sysno::clone => {
                let flags = argument(0) as u32;
                let x86 = cfg!(target_arch = "x86_64");
                let (child_tid, pointer) = if x86 { (3, 4) } else { (4, 3) };
                CloneWish {
                    flags: u64::from(flags & !linux::CSIGNAL),
                    exit_signal: (flags & linux::CSIGNAL) as i32,
                    stack: argument(1),
                    parent_tid: argument(2),
                    child_tid: argument(child_tid),
                    thread_pointer: argument(pointer),
                }
            }
            Sysno::clone3 => self.clone3_wish(pid, argument(0), argument(1))?,
            #[cfg(target_arch = "x86_64")]
            Sysno::fork => CloneWish {
                exit_signal: linux::SIGCHLD as i32,
                ..CloneWish::default()
            },
            #[cfg(target_arch = "x86_64")]
            Sysno::vfork => CloneWish {
                flags: u64::from(linux::CLONE_VM | linux::CLONE_VFORK),
                exit_signal: linux::SIGCHLD as i32,
                ..CloneWish::default()
            },
            _ => return Err(Errno::ENOSYS),
        };
        check_wish(&wish)?;
        Ok(wish)
    }

    /// struct clone_args.
    fn clone3_wish(&mut self, pid: Pid, address: usize, size: usize) -> Result<CloneWish> {
        if !(64..=4096).contains(&size) {
            return Err(if size < 64 {
                Errno::EINVAL
            } else {
                Errno::E2BIG
            });
        }
        let mut bytes = alloc::vec![0; size];
        self.read_user(self.space_of(pid), address, &mut bytes)?;
        let mut fields = Fields::new(&bytes);
        let (flags, _pidfd) = (fields.u64(), fields.u64());
        let (child_tid, parent_tid) = (fields.u64() as usize, fields.u64() as usize);
        let (signal, stack, stack_size) = (fields.u64(), fields.u64(), fields.u64());
        let thread_pointer = fields.u64() as usize;
        let set_tid_size = {
            let _set_tid = fields.u64();
            fields.u64()
        };
        if flags & u64::from(linux::CSIGNAL) != 0
            || signal > 64
            || (stack == 0) != (stack_size == 0)
        {
            return Err(Errno::EINVAL);
        }
        if set_tid_size != 0 {
            return Err(Errno::EPERM);
        }
        let stack = stack.checked_add(stack_size).ok_or(Errno::EINVAL)? as usize;
        Ok(CloneWish {
            flags,
            exit_signal: signal as i32,
            stack,
            parent_tid,
            child_tid,
            thread_pointer,
        })
    }

    /// exit(2), exit_group(2).
    pub(super) fn exit(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.exit_call(pid, arguments[0])
    }

    /// set_tid_address(2).
    pub(super) fn set_tid_address(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.task_mut(pid).clear_child_tid = arguments[0];
        Ok((pid.0 as usize).into())
    }

    /// set_robust_list(2): the list is only walked when a thread dies that shares futexes, and
    /// there are none that do.
    pub(super) fn set_robust_list(&mut self, _: Pid, arguments: Arguments) -> Call {
        if arguments[1] != 24 {
            return Err(Errno::EINVAL);
        }
        DONE
    }
}

fn check_wish(wish: &CloneWish) -> Result<()> {
    if wish.flags & u64::from(NOT_HERE) != 0 {
        return Err(Errno::EINVAL);
    }
    let tls = wish.flags & u64::from(linux::CLONE_SETTLS) != 0;
    if tls && wish.thread_pointer >= address::USER_END {
        return Err(Errno::EPERM);
    }
    let vm = wish.flags & u64::from(linux::CLONE_VM) != 0;
    let vfork = wish.flags & u64::from(linux::CLONE_VFORK) != 0;
    if vm && !vfork {
        // Two processes that run in one address space at the same time are threads in disguise.
        return Err(Errno::EINVAL);
    }
    if wish.exit_signal != 0 && Signal::new(wish.exit_signal).is_none() {
        return Err(Errno::EINVAL);
    }
    Ok(())
}
