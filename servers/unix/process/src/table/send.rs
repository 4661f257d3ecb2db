// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signals from one process to others: kill(2), tgkill(2), rt_sigqueueinfo(2).
use super::ProcessTable;
use crate::table::ids::Kind;
use crate::{Pid, SigInfo, Signal};
use alloc::vec::Vec;
use unix_abi::{Errno, linux::general as linux};

impl<X> ProcessTable<X> {
    /// kill(2) with the numbers as the program gave them; signal 0 only checks. `EINVAL`,
    /// `ESRCH`, `EPERM`.
    pub fn kill(&mut self, sender: Pid, pid: i32, signal: i32) -> Result<(), Errno> {
        let me = self.living(sender).ok_or(Errno::ESRCH)?;
        match pid {
            i32::MIN => Err(Errno::ESRCH),
            -1 => self.kill_everybody(me, signal),
            0 => self.kill_group(me, self.processes[me].group.id, signal),
            pid if pid < 0 => self.kill_group(me, Pid(-pid), signal),
            pid => {
                let target = self.slot_of_task(pid).ok_or(Errno::ESRCH)?;
                self.kill_one(me, target, signal)
            }
        }
    }

    /// tgkill(2), or tkill(2) without a process. `EINVAL`, `ESRCH`, `EPERM`, `EAGAIN`.
    pub fn tgkill(
        &mut self,
        sender: Pid,
        pid: Option<i32>,
        tid: i32,
        signal: i32,
    ) -> Result<(), Errno> {
        let me = self.living(sender).ok_or(Errno::ESRCH)?;
        let (target, thread) = self.thread_of_process(pid, tid)?;
        let Some(signal) = self.check_permission(me, target, signal)? else {
            return Ok(());
        };
        let uid = self.processes[me].credentials.uid;
        let info = SigInfo::from_sender(signal, linux::SI_TKILL, sender.0, uid);
        // A thread that has ended but still has its number takes signals without effect.
        if thread.is_some() {
            self.generate(target, thread, info)
        } else {
            Ok(())
        }
    }

    /// rt_sigqueueinfo(2), or rt_tgsigqueueinfo(2) with a thread. `EPERM`, also for information
    /// that only the system may send to others; `EINVAL`, `ESRCH`, `EAGAIN` when too many are queued.
    pub fn sigqueue(
        &mut self,
        sender: Pid,
        pid: i32,
        tid: Option<i32>,
        signal: i32,
        info: &[u8; SigInfo::SIZE],
    ) -> Result<(), Errno> {
        let me = self.living(sender).ok_or(Errno::ESRCH)?;
        if tid.is_some_and(|tid| tid <= 0 || pid <= 0) {
            return Err(Errno::EINVAL);
        }
        let code = i32::from_le_bytes([info[8], info[9], info[10], info[11]]);
        if (code >= 0 || code == linux::SI_TKILL) && pid != sender.0 {
            return Err(Errno::EPERM);
        }
        let (target, thread) = match tid {
            Some(tid) => self.thread_of_process(Some(pid), tid)?,
            None => (self.slot_of_task(pid).ok_or(Errno::ESRCH)?, None),
        };
        let signal = match code {
            // Only to oneself: nothing to permit.
            1.. => self.valid(signal)?,
            _ => self.check_permission(me, target, signal)?,
        };
        let Some(signal) = signal else { return Ok(()) };
        if tid.is_some() && thread.is_none() {
            return Ok(());
        }
        self.generate(target, thread, SigInfo::from_user(signal, info))
    }

    fn kill_one(&mut self, me: usize, target: usize, signal: i32) -> Result<(), Errno> {
        let Some(signal) = self.check_permission(me, target, signal)? else {
            return Ok(());
        };
        let sender = &self.processes[me];
        let code = linux::SI_USER as i32;
        let info = SigInfo::from_sender(signal, code, sender.pid.0, sender.credentials.uid);
        self.generate(target, None, info)
    }

    /// Succeeds if it does for one of the group.
    fn kill_group(&mut self, me: usize, group: Pid, signal: i32) -> Result<(), Errno> {
        let mut result = Err(Errno::ESRCH);
        for target in self.group_slots(group) {
            let sent = self.kill_one(me, target, signal);
            if result.is_err() {
                result = sent;
            }
        }
        result
    }

    /// Everybody but process 1 and the sender; whom it may not signal it passes over.
    fn kill_everybody(&mut self, me: usize, signal: i32) -> Result<(), Errno> {
        let targets: Vec<usize> = self
            .processes
            .iter()
            .filter(|&(slot, process)| slot != me && process.pid != Pid::INIT)
            .map(|(slot, _)| slot)
            .collect();
        if targets.is_empty() {
            return Err(Errno::ESRCH);
        }
        let mut result = Ok(());
        for target in targets {
            let sent = self.kill_one(me, target, signal);
            if sent != Err(Errno::EPERM) {
                result = sent;
            }
        }
        result
    }

    /// `None` is signal 0.
    fn valid(&self, signal: i32) -> Result<Option<Signal>, Errno> {
        match signal {
            0 => Ok(None),
            signal => Signal::new(signal).map(Some).ok_or(Errno::EINVAL),
        }
    }

    fn check_permission(
        &self,
        me: usize,
        target: usize,
        signal: i32,
    ) -> Result<Option<Signal>, Errno> {
        let signal = self.valid(signal)?;
        let (sender, receiver) = (&self.processes[me], &self.processes[target]);
        let same_session = sender.session.id == receiver.session.id;
        let allowed = me == target
            || sender.credentials.may_signal(&receiver.credentials)
            || (signal == Some(Signal::CONT) && same_session);
        if allowed {
            Ok(signal)
        } else {
            Err(Errno::EPERM)
        }
    }

    /// The process of a number that may be a thread's.
    fn slot_of_task(&self, id: i32) -> Option<usize> {
        self.slot(Pid(id)).or_else(|| {
            let thread = self.ids.get(id, Kind::Thread)?;
            Some(self.threads[thread].process)
        })
    }

    /// A thread by its number, and its process, which has to be `pid` if that is given. The first
    /// thread of a process may have ended: then there is only the process.
    fn thread_of_process(
        &self,
        pid: Option<i32>,
        tid: i32,
    ) -> Result<(usize, Option<usize>), Errno> {
        if tid <= 0 || pid.is_some_and(|pid| pid <= 0) {
            return Err(Errno::EINVAL);
        }
        let slot = self.slot_of_task(tid).ok_or(Errno::ESRCH)?;
        if pid.is_some_and(|pid| self.processes[slot].pid != Pid(pid)) {
            return Err(Errno::ESRCH);
        }
        Ok((slot, self.ids.get(tid, Kind::Thread)))
    }
}
