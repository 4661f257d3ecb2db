// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signals: actions, masks, sending, waiting, returning from handlers.
use super::{Arguments, Call, DONE, Outcome};
use crate::World;
use crate::machine::Machine;
use crate::task::AfterRoutine;
use crate::wait::{Interrupt, Wait};
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_gate::Routine;
use unix_gate::signal::{self as frames, FloatingPoint};
use unix_process::{AltStack, MaskChange, Pid, SigAction, SigInfo, Signal, SignalSet};

fn signal(argument: usize) -> Result<Signal> {
    Signal::new(argument as i32).ok_or(Errno::EINVAL)
}

impl<M: Machine> World<M> {
    /// rt_sigaction(2).
    pub(super) fn rt_sigaction(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [number, new, old, size, ..] = arguments;
        if size != 8 {
            return Err(Errno::EINVAL);
        }
        let number = signal(number)?;
        let space = self.space_of(pid);
        let mut action = None;
        if new != 0 {
            let mut bytes = [0; SigAction::SIZE];
            self.read_user(space, new, &mut bytes)?;
            action = Some(SigAction::from_bytes(&bytes));
        }
        let before = self
            .processes
            .sigaction(pid.main_thread(), number, action.as_ref())?;
        if old != 0 {
            self.write_user(space, old, &before.to_bytes())?;
        }
        DONE
    }

    /// rt_sigprocmask(2).
    pub(super) fn rt_sigprocmask(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [how, new, old, size, ..] = arguments;
        if size != 8 {
            return Err(Errno::EINVAL);
        }
        let change = match new {
            0 => None,
            _ => {
                let set = self.read_mask(pid, new, size)?;
                Some(match how as u32 {
                    linux::SIG_BLOCK => MaskChange::Block(set),
                    linux::SIG_UNBLOCK => MaskChange::Unblock(set),
                    linux::SIG_SETMASK => MaskChange::Set(set),
                    _ => return Err(Errno::EINVAL),
                })
            }
        };
        let before = self.processes.sigprocmask(pid.main_thread(), change);
        if old != 0 {
            self.write_user(self.space_of(pid), old, &before.0.to_le_bytes())?;
        }
        DONE
    }

    /// rt_sigpending(2).
    pub(super) fn rt_sigpending(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, size, ..] = arguments;
        if size > 8 {
            return Err(Errno::EINVAL);
        }
        let pending = self.processes.sigpending(pid.main_thread()).0.to_le_bytes();
        self.write_user(self.space_of(pid), address, &pending[..size])?;
        DONE
    }

    /// A mask that holds for the running call (ppoll, pselect6); a null address is none.
    pub(crate) fn set_temporary_mask(
        &mut self,
        pid: Pid,
        address: usize,
        size: usize,
    ) -> Result<()> {
        if address != 0 {
            let mask = self.read_mask(pid, address, size)?;
            self.processes.set_temporary_mask(pid.main_thread(), mask);
        }
        Ok(())
    }

    /// The end of a call that may have had a temporary mask.
    pub(crate) fn end_temporary_mask(&mut self, pid: Pid, result: Call) -> Call {
        if !matches!(result, Ok(Outcome::Block(_))) {
            self.processes.restore_mask(pid.main_thread());
        }
        result
    }

    /// rt_sigsuspend(2): only ever ends by a handler.
    pub(super) fn rt_sigsuspend(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let mask = self.read_mask(pid, arguments[0], arguments[1])?;
        self.processes.set_temporary_mask(pid.main_thread(), mask);
        Ok(Outcome::Block(Wait::for_signal()))
    }

    /// pause(2).
    #[cfg(any(target_arch = "x86_64", test))]
    pub(super) fn pause(&mut self, _: Pid, _: Arguments) -> Call {
        Ok(Outcome::Block(Wait::for_signal()))
    }

    /// rt_sigtimedwait(2).
    pub(super) fn rt_sigtimedwait(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [set, info, timeout, size, ..] = arguments;
        let set = self.read_mask(pid, set, size)?;
        let timeout = self.read_timeout(pid, timeout)?;
        let tid = pid.main_thread();
        if let Some(found) = self.processes.sigtimedwait(tid, set) {
            self.processes.end_sigtimedwait(tid);
            if info != 0 {
                self.write_user(self.space_of(pid), info, &found.to_bytes())?;
            }
            return Ok((found.signal.number() as usize).into());
        }
        let deadline = self.deadline_after(pid, timeout);
        if self.is_over(deadline) {
            self.processes.end_sigtimedwait(tid);
            return Err(Errno::EAGAIN);
        }
        Ok(Outcome::Block(
            Wait::for_signal()
                .until(deadline)
                .interrupted(Interrupt::Never),
        ))
    }

    /// rt_sigqueueinfo(2).
    pub(super) fn rt_sigqueueinfo(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [target, number, info, ..] = arguments;
        let mut bytes = [0; SigInfo::SIZE];
        self.read_user(self.space_of(pid), info, &mut bytes)?;
        self.processes
            .sigqueue(pid, target as i32, None, number as i32, &bytes)?;
        DONE
    }

    /// kill(2).
    pub(super) fn kill(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.processes
            .kill(pid, arguments[0] as i32, arguments[1] as i32)?;
        DONE
    }

    /// tkill(2).
    pub(super) fn tkill(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.processes
            .tgkill(pid, None, arguments[0] as i32, arguments[1] as i32)?;
        DONE
    }

    /// tgkill(2).
    pub(super) fn tgkill(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [group, thread, number, ..] = arguments;
        self.processes
            .tgkill(pid, Some(group as i32), thread as i32, number as i32)?;
        DONE
    }

    /// sigaltstack(2).
    pub(super) fn sigaltstack(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [new, old, ..] = arguments;
        let space = self.space_of(pid);
        let mut stack = None;
        if new != 0 {
            let mut bytes = [0; AltStack::SIZE];
            self.read_user(space, new, &mut bytes)?;
            stack = Some(AltStack::from_bytes(&bytes));
        }
        let pointer = self.program_registers(pid).sp() as u64;
        let before = self
            .processes
            .sigaltstack(pid.main_thread(), stack, pointer)?;
        if old != 0 {
            self.write_user(space, old, &before.to_bytes())?;
        }
        DONE
    }

    /// rt_sigreturn(2): back to where the program was when the signal came.
    pub(crate) fn rt_sigreturn(&mut self, pid: Pid, _: Arguments) -> Call {
        let special = self.task_mut(pid).call_registers.take();
        let registers = special.unwrap_or_else(|| self.program_registers(pid));
        let space = self.space_of(pid);
        let restored = frames::parse(&registers, &mut |address, into| {
            self.read_user(space, address, into)
        });
        let Ok(restored) = restored else {
            // What the program calls a frame is none.
            let info = SigInfo::from_kernel(Signal::SEGV);
            self.processes.force_fault(pid.main_thread(), info);
            self.deliver(pid, registers);
            return Ok(Outcome::Gate);
        };
        let alternate = AltStack {
            base: restored.alternate.pointer,
            flags: restored.alternate.flags,
            size: restored.alternate.size,
        };
        let own = restored.registers;
        let mask = SignalSet(restored.mask);
        self.processes
            .sigreturn(pid.main_thread(), mask, alternate, own.sp() as u64);
        let (routine, argument) = match restored.floating_point {
            FloatingPoint::At(address) => (Routine::SignalReturn, address),
            FloatingPoint::Initial => (Routine::InitialState, 0),
        };
        self.run_routine(pid, &own, routine, argument, AfterRoutine::Continue(own));
        Ok(Outcome::Gate)
    }
}
