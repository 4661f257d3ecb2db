// SPDX-License-Identifier: MIT OR Apache-2.0
//! Job control: groups, sessions, stopping and going on, setpgid(2), setsid(2).
use super::ProcessTable;
use crate::table::ids::Kind;
use crate::{ChildChange, Pid, SigInfo, Signal, State};
use unix_abi::Errno;

impl<X> ProcessTable<X> {
    /// setpgid(2) with the numbers as the program gave them; 0 means the caller, or the number of
    /// the process. `EINVAL`, `ESRCH`, `EPERM`, `EACCES`.
    pub fn set_group(&mut self, caller: Pid, pid: i32, group: i32) -> Result<(), Errno> {
        let caller_slot = self.living(caller).ok_or(Errno::ESRCH)?;
        let pid = if pid == 0 { caller.0 } else { pid };
        let group = if group == 0 { pid } else { group };
        if group < 0 {
            return Err(Errno::EINVAL);
        }
        let Some(slot) = self.slot(Pid(pid)) else {
            let is_thread = self.ids.get(pid, Kind::Thread).is_some();
            return Err(if is_thread {
                Errno::EINVAL
            } else {
                Errno::ESRCH
            });
        };
        let session = self.processes[caller_slot].session.id;
        let process = &self.processes[slot];
        if process.family.parent == Some(caller_slot) {
            if process.session.id != session {
                return Err(Errno::EPERM);
            }
            if process.execed {
                return Err(Errno::EACCES);
            }
        } else if slot != caller_slot {
            return Err(Errno::ESRCH);
        }
        if process.leads_session {
            return Err(Errno::EPERM);
        }
        if group != pid {
            let existing = self.ids.get(group, Kind::Group).ok_or(Errno::EPERM)?;
            if self.groups[existing].session != session {
                return Err(Errno::EPERM);
            }
        }
        if process.group.id != Pid(group) {
            self.change_group(slot, Pid(group), session);
        }
        Ok(())
    }

    /// setsid(2): the number of the new session. `EPERM` when the process leads a session or when
    /// there is a group of its number, `ESRCH`.
    pub fn set_session(&mut self, caller: Pid) -> Result<Pid, Errno> {
        let slot = self.living(caller).ok_or(Errno::ESRCH)?;
        if self.processes[slot].leads_session || self.ids.get(caller.0, Kind::Group).is_some() {
            return Err(Errno::EPERM);
        }
        self.leave_session(slot);
        let session = self.join_session(slot, caller);
        self.processes[slot].session = session;
        self.change_group(slot, caller, caller);
        let process = &mut self.processes[slot];
        process.leads_session = true;
        process.terminal = None;
        Ok(caller)
    }

    /// Whether nobody in the session outside the group could continue it: then SIGTSTP, SIGTTIN
    /// and SIGTTOU do not stop its members. A protected process 1 is no one who would; one that is
    /// not protected may well be a shell (as in a PID namespace of Linux).
    pub fn is_orphaned_group(&self, group: Pid) -> bool {
        self.is_orphaned_without(group, None)
    }

    fn is_orphaned_without(&self, group: Pid, ignored: Option<usize>) -> bool {
        let Some(slot) = self.ids.get(group.0, Kind::Group) else {
            return true;
        };
        !self.groups[slot].members.iter().any(|&member| {
            let process = &self.processes[member];
            let Some(parent) = process.family.parent else {
                return false;
            };
            let parent = &self.processes[parent];
            Some(member) != ignored
                && !process.is_zombie()
                && !(self.config.protect_init && parent.pid == Pid::INIT)
                && parent.group.id != group
                && parent.session.id == process.session.id
        })
    }

    /// A process ended or got another parent. If it was what connected its group with the rest of
    /// the session, a stopped group is told and continued, since nobody else can do that now.
    /// `old_parent` is the one that ended; `None`: the process itself did.
    pub(super) fn wake_group_orphaned_by(&mut self, slot: usize, old_parent: Option<usize>) {
        let process = &self.processes[slot];
        let group = process.group;
        if self.groups[group.slot].stopped == 0 {
            return;
        }
        let Some(parent) = old_parent.or(process.family.parent) else {
            return;
        };
        let parent = &self.processes[parent];
        if parent.group.id == group.id || parent.session.id != process.session.id {
            return;
        }
        let ignored = if old_parent.is_none() {
            Some(slot)
        } else {
            None
        };
        if self.is_orphaned_without(group.id, ignored) {
            self.signal_group(group.id, SigInfo::from_kernel(Signal::HUP));
            self.signal_group(group.id, SigInfo::from_kernel(Signal::CONT));
        }
    }

    /// A signal of the system's to all of a group.
    pub(super) fn signal_group(&mut self, group: Pid, info: SigInfo) {
        for slot in self.group_slots(group) {
            let _ = self.generate(slot, None, info);
        }
    }

    pub(super) fn group_slots(&self, group: Pid) -> alloc::vec::Vec<usize> {
        let slot = self.ids.get(group.0, Kind::Group);
        slot.map_or_else(Default::default, |slot| self.groups[slot].members.clone())
    }

    /// Stops a process.
    pub(super) fn stop(&mut self, slot: usize, signal: Signal) {
        let process = &mut self.processes[slot];
        process.state = State::Stopped(signal);
        process.stop_unreported = true;
        process.continue_unreported = false;
        self.groups[process.group.slot].stopped += 1;
        self.say_stop(slot);
        self.tell_parent_of_job(slot, ChildChange::Stopped(signal));
    }

    /// Lets a stopped process go on; its parent is told.
    pub(super) fn continue_stopped(&mut self, slot: usize) {
        if self.mark_running(slot) {
            let process = &mut self.processes[slot];
            process.stop_unreported = false;
            process.continue_unreported = true;
            self.say_continue(slot);
            self.tell_parent_of_job(slot, ChildChange::Continued);
        }
    }

    /// A stopped process is no longer (because it goes on, or is to end); whether it was.
    pub(super) fn mark_running(&mut self, slot: usize) -> bool {
        let process = &mut self.processes[slot];
        if !process.is_stopped() {
            return false;
        }
        process.state = State::Running;
        self.groups[process.group.slot].stopped -= 1;
        true
    }
}
