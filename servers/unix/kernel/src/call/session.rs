// SPDX-License-Identifier: MIT OR Apache-2.0
//! Process groups and sessions.
use super::{Arguments, Call, DONE};
use crate::World;
use crate::machine::Machine;
use unix_abi::{Errno, Result};
use unix_process::{Pid, Process};

impl<M: Machine> World<M> {
    /// setpgid(2).
    pub(super) fn setpgid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.processes
            .set_group(pid, arguments[0] as i32, arguments[1] as i32)?;
        DONE
    }

    /// Another process by its number; 0 is the caller.
    fn other(&self, pid: Pid, argument: usize) -> Result<&Process<crate::task::Task>> {
        let wanted = if argument as i32 == 0 {
            pid
        } else {
            Pid(argument as i32)
        };
        self.processes.process(wanted).ok_or(Errno::ESRCH)
    }

    /// getpgid(2).
    pub(super) fn getpgid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        Ok((self.other(pid, arguments[0])?.group().0 as usize).into())
    }

    /// getpgrp(2).
    #[cfg(any(target_arch = "x86_64", test))]
    pub(super) fn getpgrp(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((self.other(pid, 0)?.group().0 as usize).into())
    }

    /// setsid(2).
    pub(super) fn setsid(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((self.processes.set_session(pid)?.0 as usize).into())
    }

    /// getsid(2).
    pub(super) fn getsid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        Ok((self.other(pid, arguments[0])?.session().0 as usize).into())
    }
}
