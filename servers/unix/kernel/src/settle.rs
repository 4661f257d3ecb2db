// SPDX-License-Identifier: MIT OR Apache-2.0
//! What follows from what happened: events of the tables, processes that can go on, the timer.
use crate::World;
use crate::machine::Machine;
use crate::task::Activity;
use unix_process::Pid;

impl<M: Machine> World<M> {
    /// The time that was asked for has come.
    pub fn on_timer(&mut self) {
        self.enter_for_nobody();
        self.timer = None;
        let now = self.machine.now();
        self.waits.expire(now);
        self.processes.expire(now);
        self.settle();
    }

    /// Does everything that has become due by what happened: until nothing is left.
    pub(crate) fn settle(&mut self) {
        loop {
            if let Some(event) = self.processes.next_event() {
                self.on_process_event(event);
                self.compact_after_many();
            } else if let Some(event) = self.vfs.take_event() {
                self.on_file_event(event);
            } else if let Some(pid) = self.waits.take_ready() {
                self.look_again(pid);
            } else {
                break;
            }
        }
        self.flush_terminal();
        self.set_timer();
    }

    /// A parked process looks whether it can go on.
    pub(crate) fn look_again(&mut self, pid: Pid) {
        if !self.is_alive(pid) {
            return;
        }
        let Activity::Waiting(wait) = &self.task(pid).activity else {
            return;
        };
        let wait = wait.clone();
        self.waits.leave(pid, &wait);
        if self.processes.has_deliverable(pid.main_thread()) && !self.interrupt(pid, &wait) {
            return;
        }
        self.run_again(pid);
    }

    /// Runs a call again in which a process stands.
    pub(crate) fn run_again(&mut self, pid: Pid) {
        let task = self.task_mut(pid);
        task.activity = Activity::Trap;
        let request = task.request;
        let result = self.run_call(pid, request);
        if let Some(value) = self.after_call(pid, result) {
            self.leave_parked(pid, value);
        }
    }

    pub(crate) fn set_timer(&mut self) {
        let deadline = match (self.waits.next_deadline(), self.processes.next_deadline()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        if deadline != self.timer {
            self.timer = deadline;
            self.machine.set_timer(deadline);
        }
    }
}
