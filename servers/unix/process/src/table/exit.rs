// SPDX-License-Identifier: MIT OR Apache-2.0
//! The end of a process: what it leaves behind, who is told, who takes its children.
use super::ProcessTable;
use crate::table::ids::Kind;
use crate::{
    ChildChange, Disposition, Event, ExitStatus, Pid, SigDetail, SigInfo, Signal, SignalSet, State,
};
use alloc::vec::Vec;
use unix_abi::linux::general as linux;

/// Nanoseconds in one of the clock ticks that siginfo counts in (`USER_HZ` is 100).
const TICK_NS: u64 = 10_000_000;

impl<X> ProcessTable<X> {
    /// Ends a process (exit_group(2), or what [`crate::Delivery::Terminate`] said). Its extension
    /// comes back to be taken apart, with all its threads, which the table has already forgotten.
    /// All the rest follows Linux: a vfork parent goes on, timers go, the terminal of a session is
    /// given up, children get a new parent, orphaned groups that were stopped are woken, the
    /// parent is told. `None` if there is no such living process.
    pub fn exit(&mut self, pid: Pid, status: ExitStatus) -> Option<X> {
        let slot = self.living(pid)?;
        let extension = self.processes[slot].extension.take();
        for thread in core::mem::take(&mut self.processes[slot].threads) {
            self.forget_thread(thread.tid);
        }
        self.finish_vfork(slot);
        self.delete_timers(slot);
        self.disarm_real_timer(slot);
        self.discard_shared(slot, SignalSet::ALL);
        self.release_handlers(slot);
        self.mark_running(slot);
        if core::mem::replace(&mut self.processes[slot].subreaper, false) {
            self.subreapers -= 1;
        }
        let process = &mut self.processes[slot];
        process.state = State::Zombie(status);
        process.dying = None;
        process.stop_unreported = false;
        process.continue_unreported = false;
        if process.leads_session {
            self.leader_ends(slot);
        }
        self.give_children_away(slot);
        self.wake_group_orphaned_by(slot, None);
        if pid == Pid::INIT {
            self.say(Event::InitEnded(status));
        }
        if self.tell_parent_of_end(slot, status) {
            self.reap(slot);
        } else {
            self.update_waitable(slot);
        }
        extension
    }

    /// Tells the parent; whether nobody wants the status.
    fn tell_parent_of_end(&mut self, slot: usize, status: ExitStatus) -> bool {
        let process = &self.processes[slot];
        let Some(parent) = process.family.parent else {
            return true;
        };
        // A signal of the parent's choice is for the program that chose it.
        let chosen_by_other = process.parent_exec_count != self.processes[parent].exec_count;
        let signal = match process.exit_signal {
            Some(_) if chosen_by_other => Some(Signal::CHLD),
            signal => signal,
        };
        let mut unwanted = false;
        let mut send = signal;
        if signal == Some(Signal::CHLD) {
            let action = self.handlers_of(parent).get(Signal::CHLD);
            let ignored = action.disposition() == Disposition::Ignore;
            unwanted = ignored || action.has(linux::SA_NOCLDWAIT);
            if ignored {
                send = None;
            }
        }
        if let Some(signal) = send {
            let info = self.child_info(slot, signal, ChildChange::Ended(status));
            let _ = self.generate(parent, None, info);
        }
        self.say_child_changed(parent);
        unwanted
    }

    /// Tells the parent of a stop or of going on.
    pub(super) fn tell_parent_of_job(&mut self, slot: usize, change: ChildChange) {
        self.update_waitable(slot);
        let Some(parent) = self.processes[slot].family.parent else {
            return;
        };
        if self.processes[parent].is_zombie() {
            return; // It is just ending; the next parent finds the change in its list.
        }
        let action = self.handlers_of(parent).get(Signal::CHLD);
        let wanted =
            action.disposition() != Disposition::Ignore && !action.has(linux::SA_NOCLDSTOP);
        if wanted {
            let info = self.child_info(slot, Signal::CHLD, change);
            let _ = self.generate(parent, None, info);
        }
        self.say_child_changed(parent);
    }

    fn child_info(&self, slot: usize, signal: Signal, change: ChildChange) -> SigInfo {
        let process = &self.processes[slot];
        let detail = SigDetail::Child {
            pid: process.pid.0,
            uid: process.credentials.uid,
            status: change.status(),
            user_ticks: (process.usage.user_ns / TICK_NS) as i64,
            system_ticks: (process.usage.system_ns / TICK_NS) as i64,
        };
        SigInfo {
            signal,
            errno: 0,
            code: change.code(),
            detail,
        }
    }

    /// Takes a zombie out of the table; its number is free again.
    pub(super) fn reap(&mut self, slot: usize) {
        self.unlink_child(slot);
        self.leave_group(slot);
        self.leave_session(slot);
        let process = self.processes.remove(slot);
        self.remove_task(process.credentials.uid);
        if let Some(group) = process.old_foreground {
            self.ids.unhold(group.0);
        }
        self.ids.set(process.pid.0, Kind::Process, None);
        self.say(Event::Reaped(process.pid));
    }

    /// Children of a process that ends go to the nearest ancestor that asked for them, or to process 1.
    fn give_children_away(&mut self, father: usize) {
        let children: Vec<usize> = self.child_slots(father).collect();
        if children.is_empty() {
            return;
        }
        let reaper = self.reaper_for(father);
        for &child in &children {
            self.unlink_child(child);
            if let Some(reaper) = reaper {
                self.link_child(reaper, child);
            }
            self.update_waitable(child);
            self.processes[child].exit_signal = Some(Signal::CHLD);
        }
        let uid = self.processes[father].credentials.uid;
        let father_pid = self.processes[father].pid.0;
        for child in children {
            if let State::Zombie(status) = self.processes[child].state {
                if self.tell_parent_of_end(child, status) {
                    self.reap(child);
                }
                continue;
            }
            if let Some(signal) = self.processes[child].parent_death_signal {
                let code = linux::SI_USER as i32;
                let info = SigInfo::from_sender(signal, code, father_pid, uid);
                let _ = self.generate(child, None, info);
            }
            self.wake_group_orphaned_by(child, Some(father));
        }
    }

    fn reaper_for(&self, father: usize) -> Option<usize> {
        let init = self.living(Pid::INIT).filter(|&init| init != father);
        let mut ancestor = self.processes[father].family.parent;
        while self.subreapers > 0
            && let Some(candidate) = ancestor
            && ancestor != init
        {
            if self.processes[candidate].subreaper && !self.processes[candidate].is_zombie() {
                return Some(candidate);
            }
            ancestor = self.processes[candidate].family.parent;
        }
        init
    }
}
