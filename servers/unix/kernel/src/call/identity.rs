// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who a process is: numbers, users, groups, umask.
use super::{Arguments, Call, DONE};
use crate::World;
use crate::machine::Machine;
use alloc::vec::Vec;
use unix_abi::{Errno, Result};
use unix_process::{Credentials, MAX_GROUPS, Pid};

/// An id argument of which -1 means "leave it".
fn optional(argument: usize) -> Option<u32> {
    (argument as u32 != u32::MAX).then_some(argument as u32)
}

impl<M: Machine> World<M> {
    /// Who a living process is.
    pub(crate) fn credentials(&self, pid: Pid) -> &Credentials {
        self.processes
            .process(pid)
            .expect("a living process")
            .credentials()
    }

    /// getpid(2).
    pub(super) fn getpid(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((pid.0 as usize).into())
    }

    /// gettid(2).
    pub(super) fn gettid(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((pid.main_thread().0 as usize).into())
    }

    /// getppid(2).
    pub(super) fn getppid(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((self
            .processes
            .process(pid)
            .map_or(0, |process| process.parent()) as usize)
            .into())
    }

    /// getuid(2).
    pub(super) fn getuid(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((self.credentials(pid).uid as usize).into())
    }

    /// geteuid(2).
    pub(super) fn geteuid(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((self.credentials(pid).euid as usize).into())
    }

    /// getgid(2).
    pub(super) fn getgid(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((self.credentials(pid).gid as usize).into())
    }

    /// getegid(2).
    pub(super) fn getegid(&mut self, pid: Pid, _: Arguments) -> Call {
        Ok((self.credentials(pid).egid as usize).into())
    }

    fn change(&mut self, pid: Pid, change: impl FnOnce(&mut Credentials) -> Result<()>) -> Call {
        self.processes.change_credentials(pid, change)?;
        DONE
    }

    /// setuid(2).
    pub(super) fn setuid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.change(pid, |credentials| credentials.set_uid(arguments[0] as u32))
    }

    /// setgid(2).
    pub(super) fn setgid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.change(pid, |credentials| credentials.set_gid(arguments[0] as u32))
    }

    /// setreuid(2).
    pub(super) fn setreuid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [real, effective, ..] = arguments.map(optional);
        self.change(pid, |credentials| credentials.set_reuid(real, effective))
    }

    /// setregid(2).
    pub(super) fn setregid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [real, effective, ..] = arguments.map(optional);
        self.change(pid, |credentials| credentials.set_regid(real, effective))
    }

    /// setresuid(2).
    pub(super) fn setresuid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [real, effective, saved, ..] = arguments.map(optional);
        self.change(pid, |credentials| {
            credentials.set_resuid([real, effective, saved])
        })
    }

    /// setresgid(2).
    pub(super) fn setresgid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [real, effective, saved, ..] = arguments.map(optional);
        self.change(pid, |credentials| {
            credentials.set_resgid([real, effective, saved])
        })
    }

    fn write_ids(&mut self, pid: Pid, arguments: Arguments, ids: [u32; 3]) -> Call {
        let space = self.space_of(pid);
        for (id, address) in ids.into_iter().zip(arguments) {
            self.write_user(space, address, &id.to_le_bytes())?;
        }
        DONE
    }

    /// getresuid(2).
    pub(super) fn getresuid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let credentials = self.credentials(pid);
        let ids = [credentials.uid, credentials.euid, credentials.suid];
        self.write_ids(pid, arguments, ids)
    }

    /// getresgid(2).
    pub(super) fn getresgid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let credentials = self.credentials(pid);
        let ids = [credentials.gid, credentials.egid, credentials.sgid];
        self.write_ids(pid, arguments, ids)
    }

    /// setfsuid(2): the old one is returned in any case.
    pub(super) fn setfsuid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let old = self.processes.change_credentials(pid, |credentials| {
            Ok(credentials.set_fsuid(arguments[0] as u32))
        })?;
        Ok((old as usize).into())
    }

    /// setfsgid(2): the old one is returned in any case.
    pub(super) fn setfsgid(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let old = self.processes.change_credentials(pid, |credentials| {
            Ok(credentials.set_fsgid(arguments[0] as u32))
        })?;
        Ok((old as usize).into())
    }

    /// getgroups(2).
    pub(super) fn getgroups(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [room, address, ..] = arguments;
        let groups: Vec<u8> = self
            .credentials(pid)
            .groups
            .iter()
            .flat_map(|group| group.to_le_bytes())
            .collect();
        let count = groups.len() / 4;
        match room as i32 {
            0 => {}
            room if room < 0 || (room as usize) < count => return Err(Errno::EINVAL),
            _ => self.write_user(self.space_of(pid), address, &groups)?,
        }
        Ok(count.into())
    }

    /// setgroups(2).
    pub(super) fn setgroups(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [count, address, ..] = arguments;
        if count > MAX_GROUPS {
            return Err(Errno::EINVAL);
        }
        let mut bytes = alloc::vec![0; count * 4];
        self.read_user(self.space_of(pid), address, &mut bytes)?;
        let groups: Vec<u32> = bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|group| u32::from_le_bytes(*group))
            .collect();
        self.change(pid, |credentials| credentials.set_groups(&groups))
    }

    /// umask(2).
    pub(super) fn umask(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let directories = &mut self.task_mut(pid).directories;
        let old = core::mem::replace(&mut directories.umask, arguments[0] as u32 & 0o777);
        Ok((old as usize).into())
    }
}
