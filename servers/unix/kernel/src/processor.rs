// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whose the processor's time is.
//!
//! The kernel does not tell. But there is one processor, and the world sees every trap: what passes between
//! leaving the processor to the programs and the next trap is the time of the program that traps, unless it
//! is longer than a turn of the kernel's scheduler; then all that could run have had their turns. What passes
//! in the world is the system time of the program it works for. So no time is counted twice, and what nobody
//! has used is idle.
use crate::World;
use crate::machine::Machine;
use crate::task::{Activity, Task};
use unix_process::Pid;

/// How long a thread runs while others of its priority wait (TIME_SLICE × TIMER_TICK_MS of the kernel's
/// configuration), in nanoseconds.
const TURN: u64 = 10_000_000;

/// When the processor changed hands last, on the machine's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Processor {
    /// The world left it to the programs.
    left: u64,
    /// The world began what it does now, as far as that is not in anybody's account yet.
    entered: u64,
    /// For whom.
    serving: Option<Pid>,
}

impl Processor {
    pub(crate) fn new(now: u64) -> Self {
        Processor {
            left: now,
            entered: now,
            serving: None,
        }
    }
}

impl<M: Machine> World<M> {
    /// A trap has arrived: the programs' time ends, the world's begins.
    pub(crate) fn enter(&mut self, pid: Pid) -> &mut Task {
        let now = self.machine.now();
        let time = now.saturating_sub(self.processor.left);
        (self.processor.entered, self.processor.serving) = (now, Some(pid));
        let alone = time <= TURN;
        if !alone {
            self.share_out(time);
        }
        let task = self.task_mut(pid);
        if alone {
            task.user_time += time;
        }
        task.activity = Activity::Trap;
        task
    }

    /// Something else than a trap has arrived.
    pub(crate) fn enter_for_nobody(&mut self) {
        let now = self.machine.now();
        self.share_out(now.saturating_sub(self.processor.left));
        (self.processor.entered, self.processor.serving) = (now, None);
    }

    /// The world has done all that there was to do, and waits for the next trap or event. To be called each
    /// time before the machine waits.
    pub fn leave_processor(&mut self) {
        let now = self.machine.now();
        self.processor.left = now;
        let Some(pid) = self.processor.serving.take() else {
            return;
        };
        let time = now.saturating_sub(self.processor.entered);
        let process = self.processes.process_mut(pid);
        if let Some(task) = process.and_then(|process| process.extension_mut()) {
            task.system_time += time;
        }
    }

    /// Enters what has been done for a process up to now into its account.
    pub(crate) fn settle_account(&mut self, pid: Pid) {
        if self.processor.serving == Some(pid) {
            let now = self.machine.now();
            let time = now.saturating_sub(self.processor.entered);
            self.processor.entered = now;
            self.task_mut(pid).system_time += time;
        }
    }

    /// The program goes on.
    pub(crate) fn back_to_program(&mut self, pid: Pid) {
        self.task_mut(pid).activity = Activity::Program;
    }

    /// The programs that could run have had this time.
    fn share_out(&mut self, time: u64) {
        let count = self.for_running(|_| ());
        if count > 0 {
            self.for_running(|task| task.user_time += time / count);
        }
    }

    /// Goes through the tasks that could run; how many there are.
    fn for_running(&mut self, mut visit: impl FnMut(&mut Task)) -> u64 {
        let mut count = 0;
        let mut next = Pid::INIT;
        while let Some(process) = self.processes.next_process(next) {
            let pid = process.pid();
            next = Pid(pid.0 + 1);
            let process = self.processes.process_mut(pid);
            if let Some(task) = process.and_then(|process| process.extension_mut())
                && matches!(task.activity, Activity::Program | Activity::InGate(_))
            {
                visit(task);
                count += 1;
            }
        }
        count
    }
}
