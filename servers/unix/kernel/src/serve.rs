// SPDX-License-Identifier: MIT OR Apache-2.0
//! One system call: room for what it enters into the books, its handler, and how its result reaches the program.
use crate::World;
use crate::call::{Call, Outcome};
use crate::machine::Machine;
use crate::task::{Activity, Progress, Request};
use crate::wait::Wait;
use crate::world::Disposition;
use unix_abi::syscalls::Sysno;
use unix_abi::{Errno, Result};
use unix_pages::OutOfMemory;
use unix_process::Pid;

impl<M: Machine> World<M> {
    /// Runs the call that a task stands in, and everything that follows from it.
    pub(crate) fn serve_call(&mut self, pid: Pid, request: Request) -> Disposition {
        let result = self.run_call(pid, request);
        let value = self.after_call(pid, result);
        self.settle();
        match value {
            Some(value) => self.leave(pid, value),
            None => Disposition::Nothing,
        }
    }

    /// Runs the handler of the call.
    pub(crate) fn run_call(&mut self, pid: Pid, Request { number, arguments }: Request) -> Call {
        if self.ensure_books(self.vfs.heap_growth()).is_err() && !releases(number) {
            return Err(Errno::ENOMEM);
        }
        match Sysno::new(number) {
            Some(call) => self.dispatch(pid, call, arguments),
            None => Err(Errno::ENOSYS),
        }
    }

    /// The world's own books come out of its heap: nothing that enters something there starts without room for it, beside
    /// `more` bytes for what it is known to take.
    pub(crate) fn ensure_books(&mut self, more: usize) -> core::result::Result<(), OutOfMemory> {
        let bytes = crate::HEAP_HEADROOM.saturating_add(more);
        self.machine.ensure_heap(bytes).or_else(|_| {
            self.drop_caches();
            self.machine.ensure_heap(bytes)
        })
    }

    /// Enters the result of a call; the value that it returns, if it does now.
    pub(crate) fn after_call(&mut self, pid: Pid, result: Call) -> Option<usize> {
        let value = match result {
            Ok(Outcome::Return(value)) => value,
            Err(error) => (error.into_raw() as usize).wrapping_neg(),
            Ok(Outcome::Block(wait)) => {
                self.park(pid, wait);
                return None;
            }
            Ok(Outcome::Gate | Outcome::Gone) => return None,
        };
        self.task_mut(pid).progress = Progress::default();
        Some(value)
    }

    /// A call has to wait.
    pub(crate) fn park(&mut self, pid: Pid, wait: Wait) {
        self.waits.park(pid, &wait);
        self.task_mut(pid).activity = Activity::Waiting(wait);
        if self.processes.has_deliverable(pid.main_thread()) {
            self.waits.wake_process(pid);
        }
    }

    /// A trap is over for a process that stands in it: back to its program with this value, by way
    /// of what signals want.
    pub(crate) fn leave(&mut self, pid: Pid, value: usize) -> Disposition {
        let task = self.processes.process_mut(pid);
        let Some(task) = task.and_then(|process| process.extension_mut()) else {
            return Disposition::Nothing;
        };
        if !matches!(task.activity, Activity::Trap) {
            return Disposition::Nothing;
        }
        let special = task.call_registers.take();
        if special.is_none() && !self.processes.has_deliverable(pid.main_thread()) {
            self.back_to_program(pid);
            return Disposition::Return(value);
        }
        let mut registers = special.unwrap_or_else(|| self.program_registers(pid));
        registers.complete_call(errno_result(value));
        self.deliver(pid, registers);
        self.settle();
        Disposition::Nothing
    }

    /// The same for a process whose trap was answered by nobody yet because it had to wait.
    pub(crate) fn leave_parked(&mut self, pid: Pid, value: usize) {
        match self.leave(pid, value) {
            Disposition::Return(value) => self.machine.answer(self.handle(pid), value),
            Disposition::Repeat | Disposition::Nothing => {}
        }
    }

    /// A call that is in no table: ENOSYS, counted, and named in a verbose run.
    pub(crate) fn absent(&mut self, pid: Pid, call: Sysno) -> Call {
        let count = self.absent.entry(call).or_default();
        *count += 1;
        if self.settings.verbose && *count == 1 {
            let name = self.name(pid);
            self.machine.report(&alloc::format!(
                "{name} ({}): {call} is not there: ENOSYS",
                pid.0
            ));
        }
        Err(Errno::ENOSYS)
    }
}

/// A result word as a result.
fn errno_result(value: usize) -> Result {
    Errno::from_ret(value)
}

/// Calls that give memory back: they run however little heap there is.
fn releases(number: usize) -> bool {
    matches!(
        Sysno::new(number),
        Some(
            Sysno::exit
                | Sysno::exit_group
                | Sysno::munmap
                | Sysno::close
                | Sysno::wait4
                | Sysno::rt_sigreturn
        )
    )
}
