// SPDX-License-Identifier: MIT OR Apache-2.0
//! wait4(2) and waitid(2).
use super::ProcessTable;
use crate::{
    ChildChange, Pid, Process, Signal, State, Tid, Usage, WaitOutcome, WaitRequest, WaitTarget,
    WaitedChild,
};
use unix_abi::{Errno, linux::general as linux};

impl<X> ProcessTable<X> {
    /// Looks for a child that changed; a zombie that is found is taken out of the table (unless
    /// `WNOWAIT`). `ECHILD` when the thread's process has no such child, `ESRCH`.
    pub fn wait(&mut self, tid: Tid, request: &WaitRequest) -> Result<WaitOutcome, Errno> {
        let slot = self.thread(tid).ok_or(Errno::ESRCH)?.process;
        let parent = &self.processes[slot];
        if let WaitTarget::Process(pid) = request.target {
            let child = self.slot(pid).ok_or(Errno::ECHILD)?;
            let mine = self.processes[child].family.parent == Some(slot);
            if !mine || !self.is_meant(child, request, None) {
                return Err(Errno::ECHILD);
            }
            return match self.change_of(child, request) {
                Some(change) => Ok(self.report(slot, child, change, request)),
                None => self.nothing_of(child, request),
            };
        }
        let group = match request.target {
            WaitTarget::OwnGroup => Some(parent.group.id),
            WaitTarget::Group(group) => Some(group),
            _ => None,
        };
        let found = parent.family.waitable.values().find_map(|&child| {
            let meant = self.is_meant(child, request, group);
            let change = if meant {
                self.change_of(child, request)
            } else {
                None
            };
            Some((child, change?))
        });
        if let Some((child, change)) = found {
            return Ok(self.report(slot, child, change, request));
        }
        let will_change =
            |child| self.is_meant(child, request, group) && self.nothing_of(child, request).is_ok();
        if self.child_slots(slot).any(will_change) {
            return Ok(WaitOutcome::NothingYet);
        }
        Err(Errno::ECHILD)
    }

    /// A child that will change some time, or one that never will in a way that is asked for.
    fn nothing_of(&self, child: usize, request: &WaitRequest) -> Result<WaitOutcome, Errno> {
        if self.processes[child].is_zombie() && !request.wants(linux::WEXITED) {
            return Err(Errno::ECHILD);
        }
        Ok(WaitOutcome::NothingYet)
    }

    fn is_meant(&self, child: usize, request: &WaitRequest, group: Option<Pid>) -> bool {
        let child = &self.processes[child];
        let cloned = child.exit_signal != Some(Signal::CHLD);
        group.is_none_or(|group| child.group.id == group)
            && (request.wants(linux::__WALL) || cloned == request.wants(linux::__WCLONE))
    }

    fn change_of(&self, child: usize, request: &WaitRequest) -> Option<ChildChange> {
        let child = &self.processes[child];
        match child.state {
            State::Zombie(status) => request
                .wants(linux::WEXITED)
                .then_some(ChildChange::Ended(status)),
            State::Stopped(signal) if child.stop_unreported && request.wants(linux::WSTOPPED) => {
                Some(ChildChange::Stopped(signal))
            }
            _ => (child.continue_unreported && request.wants(linux::WCONTINUED))
                .then_some(ChildChange::Continued),
        }
    }

    fn report(
        &mut self,
        parent: usize,
        child: usize,
        change: ChildChange,
        request: &WaitRequest,
    ) -> WaitOutcome {
        let process = &mut self.processes[child];
        let usage = all_usage(process);
        let found = WaitedChild {
            pid: process.pid,
            uid: process.credentials.uid,
            change,
            usage,
        };
        if !request.wants(linux::WNOWAIT) {
            match change {
                ChildChange::Ended(_) => {
                    self.processes[parent].children_usage.add(&usage);
                    self.reap(child);
                    return WaitOutcome::Child(found);
                }
                ChildChange::Stopped(_) => process.stop_unreported = false,
                ChildChange::Continued => process.continue_unreported = false,
            }
            self.update_waitable(child);
        }
        WaitOutcome::Child(found)
    }
}

fn all_usage<X>(process: &Process<X>) -> Usage {
    let mut usage = process.usage;
    usage.add(&process.children_usage);
    usage
}
