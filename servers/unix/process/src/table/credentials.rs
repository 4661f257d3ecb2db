// SPDX-License-Identifier: MIT OR Apache-2.0
//! Users, limits, and what else a process sets for itself.
use super::ProcessTable;
use crate::{Credentials, Limit, Pid, Signal};
use unix_abi::Errno;

impl<X> ProcessTable<X> {
    /// Changes credentials by a method of [`Credentials`]; keeps the books by user, and what
    /// follows from a change (not dumpable, no parent-death signal). `ESRCH`, or the change's error:
    /// then nothing has changed.
    pub fn change_credentials<R>(
        &mut self,
        pid: Pid,
        change: impl FnOnce(&mut Credentials) -> Result<R, Errno>,
    ) -> Result<R, Errno> {
        let slot = self.living(pid).ok_or(Errno::ESRCH)?;
        let process = &mut self.processes[slot];
        let mut new = process.credentials.clone();
        let result = change(&mut new)?;
        let old = core::mem::replace(&mut process.credentials, new);
        let new = &process.credentials;
        let authority = |c: &Credentials| (c.euid, c.egid, c.fsuid, c.fsgid);
        if authority(&old) != authority(new) {
            process.dumpable = 0;
            process.parent_death_signal = None;
        }
        let (uid, threads) = (new.uid, process.threads.len() as u64);
        // The first thread counts until the process is reaped, even if it has ended.
        let ended_first = u64::from(process.main_status.is_some());
        self.move_tasks(old.uid, uid, threads + ended_first);
        Ok(result)
    }

    /// prlimit64(2) on `target` by `caller`: gives the old limit. `ESRCH`, `EPERM`, `EINVAL`.
    pub fn set_limit(
        &mut self,
        caller: Pid,
        target: Pid,
        resource: u32,
        new: Option<Limit>,
    ) -> Result<Limit, Errno> {
        let caller_slot = self.living(caller).ok_or(Errno::ESRCH)?;
        let slot = self.living(target).ok_or(Errno::ESRCH)?;
        let mine = &self.processes[caller_slot].credentials;
        let privileged = mine.is_privileged();
        let theirs = &self.processes[slot].credentials;
        let same = [theirs.uid, theirs.euid, theirs.suid]
            .iter()
            .all(|&uid| uid == mine.uid)
            && [theirs.gid, theirs.egid, theirs.sgid]
                .iter()
                .all(|&gid| gid == mine.gid);
        if slot != caller_slot && !same && !privileged {
            return Err(Errno::EPERM);
        }
        let limits = &mut self.processes[slot].limits;
        let old = limits.get(resource)?;
        if let Some(new) = new {
            limits.set(resource, new, privileged)?;
        }
        Ok(old)
    }

    /// `PR_SET_PDEATHSIG`: sent to the process when its parent ends; `None`: nothing is.
    pub fn set_parent_death_signal(&mut self, pid: Pid, signal: Option<Signal>) {
        if let Some(slot) = self.living(pid) {
            self.processes[slot].parent_death_signal = signal;
        }
    }

    /// `PR_SET_CHILD_SUBREAPER`: orphaned descendants become its children.
    pub fn set_subreaper(&mut self, pid: Pid, on: bool) {
        let Some(slot) = self.living(pid) else { return };
        let was = core::mem::replace(&mut self.processes[slot].subreaper, on);
        self.subreapers = self.subreapers + usize::from(on) - usize::from(was);
    }
}
