// SPDX-License-Identifier: MIT OR Apache-2.0
//! One Unix world: all its state, and what comes in from the machine.
use crate::call::{Call, Outcome};
use crate::machine::{Machine, ProcessHandle};
use crate::memory::{CodeCache, Fault, Space, Touch};
use crate::task::{Activity, AfterRoutine, Progress, Request, Task};
use crate::wait::{Wait, WaitQueues};
use alloc::collections::BTreeMap;
use alloc::string::String;

use slab::Slab;
use unix_abi::syscalls::Sysno;
use unix_abi::{Errno, Result};
use unix_gate::{Registers, Routine, address};
use unix_pages::{OutOfMemory, PageId};
use unix_process::{Pid, ProcessTable, Signal};
use unix_tty::Terminal;
use unix_vfs::{Timestamp, Vfs};

/// What the machine does about a trap when the world has served it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    /// The system call returns this value.
    Return(usize),
    /// The instruction is executed again.
    Repeat,
    /// Nothing: the thread waits, is gone, or was resumed by the world.
    Nothing,
}

/// How a world is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Report system calls that do not exist.
    pub verbose: bool,
    /// The host name at the start.
    pub hostname: String,
    /// What is behind the descriptors 0, 1 and 2 of the first program.
    pub terminals: [bool; 3],
}

/// One Unix world.
pub struct World<M: Machine> {
    /// The machine below.
    pub machine: M,
    /// All files.
    pub vfs: Vfs,
    /// All processes.
    pub processes: ProcessTable<Task>,
    pub(crate) spaces: Slab<Space>,
    /// The most there were since the books were last compacted.
    pub(crate) most_spaces: usize,
    pub(crate) badges: Slab<Pid>,
    pub(crate) code: CodeCache,
    pub(crate) waits: WaitQueues,
    pub(crate) terminal: Terminal,
    pub(crate) typed: crate::console::Typed,
    pub(crate) settings: Settings,
    /// The gate's code and the page of data behind it.
    pub(crate) gate: (PageId, PageId),
    /// Calls that were asked for and are absent, and how often.
    pub(crate) absent: BTreeMap<Sysno, u64>,
    pub(crate) hostname: alloc::vec::Vec<u8>,
    pub(crate) timer: Option<u64>,
    pub(crate) finished: bool,
}

/// The task of a process that is known to live.
///
/// The callers have it from the table or are serving a call of its own; a process cannot end while
/// one of its calls is being served, except by the call itself.
pub(crate) fn extension(processes: &ProcessTable<Task>, pid: Pid) -> &Task {
    processes
        .process(pid)
        .and_then(|process| process.extension())
        .expect("a living process")
}

/// The same, to change.
pub(crate) fn extension_mut(processes: &mut ProcessTable<Task>, pid: Pid) -> &mut Task {
    processes
        .process_mut(pid)
        .and_then(|process| process.extension_mut())
        .expect("a living process")
}

/// Runs an expression with the file system, the machine and the caller's identity borrowed side by
/// side. The identity is the one for files (fsuid).
macro_rules! as_caller {
    ($world:expr, $pid:expr, |$vfs:ident, $machine:ident, $caller:ident| $body:expr) => {
        $crate::world::as_caller_with!($world, $pid, true, |$vfs, $machine, $caller| $body)
    };
}

/// The same; with `$effective` false the identity is the real one (access(2)).
macro_rules! as_caller_with {
    ($world:expr, $pid:expr, $effective:expr, |$vfs:ident, $machine:ident, $caller:ident| $body:expr) => {{
        let now = $world.timestamp();
        let $crate::World {
            vfs: $vfs,
            machine: $machine,
            processes,
            ..
        } = &mut *$world;
        let view = $crate::proc::View {
            processes,
            current: $pid,
        };
        let process = processes.process($pid).expect("a living process");
        let credentials = process.credentials();
        let task = process.extension().expect("a living process");
        let (uid, gid) = match $effective {
            true => (credentials.fsuid, credentials.fsgid),
            false => (credentials.uid, credentials.gid),
        };
        let $caller = &unix_vfs::Caller {
            credentials: unix_vfs::Credentials {
                uid,
                gid,
                groups: &credentials.groups,
            },
            directories: &task.directories,
            now,
            file_size_limit: process
                .limits()
                .soft(unix_abi::linux::general::RLIMIT_FSIZE),
            synthetic: &view,
        };
        let _ = &$machine;
        $body
    }};
}
pub(crate) use {as_caller, as_caller_with};

impl<M: Machine> World<M> {
    /// The real time for time stamps.
    pub(crate) fn timestamp(&mut self) -> Timestamp {
        Timestamp::from_nanoseconds(self.machine.realtime() as i64)
    }

    pub(crate) fn task(&self, pid: Pid) -> &Task {
        extension(&self.processes, pid)
    }

    pub(crate) fn task_mut(&mut self, pid: Pid) -> &mut Task {
        extension_mut(&mut self.processes, pid)
    }

    pub(crate) fn is_alive(&self, pid: Pid) -> bool {
        self.processes
            .process(pid)
            .is_some_and(|process| process.extension().is_some())
    }

    pub(crate) fn space_of(&self, pid: Pid) -> usize {
        self.task(pid).space
    }

    pub(crate) fn handle(&self, pid: Pid) -> ProcessHandle {
        self.task(pid).handle
    }

    pub(crate) fn progress(&self, pid: Pid) -> &Progress {
        &self.task(pid).progress
    }

    pub(crate) fn progress_mut(&mut self, pid: Pid) -> &mut Progress {
        &mut self.task_mut(pid).progress
    }

    /// A soft limit of a process.
    pub(crate) fn limit(&self, pid: Pid, resource: u32) -> u64 {
        self.processes
            .process(pid)
            .map_or(0, |process| process.limits().soft(resource))
    }

    fn pid_of(&mut self, badge: u32) -> Option<Pid> {
        let pid = *self.badges.get(badge as usize)?;
        let task = self.processes.process(pid)?.extension()?;
        match task.activity {
            Activity::Program | Activity::InGate(_) => Some(pid),
            _ => {
                self.on_forged_trap(pid);
                None
            }
        }
    }

    /// A program makes a system call.
    pub fn on_system_call(&mut self, badge: u32, request: Request) -> Disposition {
        let Some(pid) = self.pid_of(badge) else {
            return Disposition::Nothing;
        };
        let task = self.enter(pid);
        task.request = request;
        task.call_registers = None;
        self.serve_call(pid, request)
    }

    /// Runs the call that a task stands in, and everything that follows from it.
    fn serve_call(&mut self, pid: Pid, request: Request) -> Disposition {
        let result = self.run_call(pid, request);
        let value = self.after_call(pid, result);
        self.settle();
        match value {
            Some(value) => self.leave(pid, value),
            None => Disposition::Nothing,
        }
    }

    /// Runs the handler of the call.
    fn run_call(&mut self, pid: Pid, Request { number, arguments }: Request) -> Call {
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
    fn after_call(&mut self, pid: Pid, result: Call) -> Option<usize> {
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
    fn park(&mut self, pid: Pid, wait: Wait) {
        self.waits.park(pid, &wait);
        self.task_mut(pid).activity = Activity::Waiting(wait);
        if self.processes.has_deliverable(pid.main_thread()) {
            self.waits.wake_process(pid);
        }
    }

    /// A trap is over for a process that stands in it: back to its program with this value, by way
    /// of what signals want.
    fn leave(&mut self, pid: Pid, value: usize) -> Disposition {
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
    fn leave_parked(&mut self, pid: Pid, value: usize) {
        match self.leave(pid, value) {
            Disposition::Return(value) => self.machine.answer(self.handle(pid), value),
            Disposition::Repeat | Disposition::Nothing => {}
        }
    }

    /// A program has touched an address that the hardware does not let it.
    pub fn on_page_fault(&mut self, badge: u32, address: usize, touch: Touch) -> Disposition {
        let Some(pid) = self.pid_of(badge) else {
            return Disposition::Nothing;
        };
        let in_gate = match self.task(pid).activity {
            Activity::InGate(after) => Some(after),
            _ => None,
        };
        self.enter(pid);
        // What a handler without a restorer returns to: its fault is the call.
        #[cfg(target_arch = "aarch64")]
        if touch == Touch::Execute && address == unix_gate::signal::aarch64::RESTORER {
            let number = Sysno::rt_sigreturn.id() as usize;
            let request = Request {
                number,
                arguments: [0; 6],
            };
            self.task_mut(pid).request = request;
            return self.serve_call(pid, request);
        }
        self.task_mut(pid).faults += 1;
        let space = self.space_of(pid);
        let mut result = self.touch_with_books(space, address, touch);
        while result == Err(Fault::OutOfMemory) && self.relieve(pid) {
            result = self.touch_with_books(space, address, touch);
        }
        match result {
            Ok(_) => {
                match in_gate {
                    Some(after) => self.task_mut(pid).activity = Activity::InGate(after),
                    None => self.back_to_program(pid),
                }
                self.settle();
                Disposition::Repeat
            }
            Err(fault) => {
                let registers = match in_gate {
                    Some(AfterRoutine::Continue(registers) | AfterRoutine::Fork(registers)) => {
                        registers
                    }
                    None => self.program_registers(pid),
                };
                self.page_fault_signal(pid, address, touch, fault, registers);
                self.settle();
                Disposition::Nothing
            }
        }
    }

    fn touch_with_books(
        &mut self,
        space: usize,
        address: usize,
        touch: Touch,
    ) -> core::result::Result<PageId, Fault> {
        self.ensure_books(0)?;
        self.touch(space, address, touch, true)
    }

    /// A routine of the gate says that it is done (or a program pretends that).
    pub fn on_gate_trap(&mut self, badge: u32) -> Disposition {
        let Some(pid) = self.pid_of(badge) else {
            return Disposition::Nothing;
        };
        let after = match self.task(pid).activity {
            Activity::InGate(after) => after,
            _ => return self.on_exception(badge, crate::fault::STRAY_TRAP),
        };
        self.enter(pid);
        match after {
            AfterRoutine::Continue(registers) => self.deliver(pid, registers),
            AfterRoutine::Fork(registers) => self.continue_fork(pid, registers),
        }
        self.settle();
        Disposition::Nothing
    }

    /// A program's instruction has failed.
    pub fn on_exception(&mut self, badge: u32, exception: crate::fault::Exception) -> Disposition {
        let Some(pid) = self.pid_of(badge) else {
            return Disposition::Nothing;
        };
        if matches!(self.task(pid).activity, Activity::InGate(_)) && self.is_gate_trap(pid) {
            return self.on_gate_trap(badge);
        }
        self.enter(pid);
        if let Some(registers) = self.refused_call(pid) {
            let request = Request {
                number: registers.call_number(),
                arguments: core::array::from_fn(|index| registers.argument(index)),
            };
            let task = self.task_mut(pid);
            task.request = request;
            task.call_registers = Some(registers);
            let value = self.serve_call(pid, request);
            debug_assert!(!matches!(value, Disposition::Return(_)));
            return value;
        }
        self.exception_signal(pid, exception);
        self.settle();
        Disposition::Nothing
    }

    /// A message that is no trap of a rewritten program: a system call instruction that escaped the
    /// rewriter, or something that the program sent itself. What it meant is lost, so it ends.
    pub fn on_raw_call(&mut self, badge: u32) {
        let Some(pid) = self.pid_of(badge) else {
            return;
        };
        let line = alloc::format!(
            "{} ({}) was killed: a system call instruction that could not be rewritten",
            self.name(pid),
            pid.0
        );
        self.machine.report(&line);
        self.killed(pid, Signal::SYS, false);
        self.settle();
    }

    /// A trap arrives although its process stands in one already: it has sent a message by itself.
    fn on_forged_trap(&mut self, pid: Pid) {
        let line = alloc::format!(
            "{} ({}) was killed: it sends messages",
            self.name(pid),
            pid.0
        );
        self.machine.report(&line);
        self.killed(pid, Signal::SYS, false);
        self.settle();
    }

    /// The time that was asked for has come.
    pub fn on_timer(&mut self) {
        self.timer = None;
        let now = self.machine.now();
        self.waits.expire(now);
        self.processes.expire(now);
        self.settle();
    }

    /// The registers of a process that stands in a trap, as if it had stopped at its own
    /// instruction.
    pub(crate) fn program_registers(&mut self, pid: Pid) -> Registers {
        let mut registers = self.machine.registers(self.handle(pid));
        self.normalize(pid, &mut registers);
        registers
    }

    /// Does a process stand at the end of a routine of the gate?
    fn is_gate_trap(&mut self, pid: Pid) -> bool {
        let pc = self.machine.registers(self.handle(pid)).pc();
        Routine::trapping_at(address::GATE_ADDRESS, pc).is_some()
    }

    /// Takes what the gate's stubs did to registers back.
    #[cfg_attr(not(target_arch = "aarch64"), allow(unused_variables))]
    pub(crate) fn normalize(&self, pid: Pid, registers: &mut Registers) {
        #[cfg(target_arch = "aarch64")]
        for code in &self.spaces[self.space_of(pid)].code {
            if code.stubs.borrow().normalize(registers) {
                break;
            }
        }
    }

    /// aarch64: the registers of a system call with a negative number, which the stubs stop before
    /// the kernel can take it for its own.
    #[cfg_attr(not(target_arch = "aarch64"), allow(unused_variables))]
    fn refused_call(&mut self, pid: Pid) -> Option<Registers> {
        #[cfg(target_arch = "aarch64")]
        {
            let mut registers = self.machine.registers(self.handle(pid));
            let pc = registers.pc();
            let is_call = self.spaces[self.space_of(pid)].code.iter().any(|code| {
                let stubs = code.stubs.borrow();
                stubs
                    .position(pc)
                    .is_some_and(|position| position.is_call())
            });
            if is_call {
                self.normalize(pid, &mut registers);
                return Some(registers);
            }
        }
        None
    }

    /// A trap has arrived: the program's time ends, the world's begins.
    fn enter(&mut self, pid: Pid) -> &mut Task {
        let now = self.machine.now();
        let task = self.task_mut(pid);
        task.activity = Activity::Trap;
        task.user_time += now.saturating_sub(task.since);
        task.since = now;
        task
    }

    /// The program goes on.
    pub(crate) fn back_to_program(&mut self, pid: Pid) {
        let now = self.machine.now();
        let task = self.task_mut(pid);
        task.activity = Activity::Program;
        task.system_time += now.saturating_sub(task.since);
        task.since = now;
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
    fn look_again(&mut self, pid: Pid) {
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
        let now = self.machine.now();
        let task = self.task_mut(pid);
        task.activity = Activity::Trap;
        task.since = now;
        let request = task.request;
        let result = self.run_call(pid, request);
        if let Some(value) = self.after_call(pid, result) {
            self.leave_parked(pid, value);
        }
    }

    fn set_timer(&mut self) {
        let deadline = match (self.waits.next_deadline(), self.processes.next_deadline()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        if deadline != self.timer {
            self.timer = deadline;
            self.machine.set_timer(deadline);
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

    /// The program's name, for people.
    pub(crate) fn name(&self, pid: Pid) -> String {
        let comm = self
            .processes
            .thread(pid.main_thread())
            .map(|thread| *thread.comm());
        comm.map_or_else(String::new, |comm| {
            String::from_utf8_lossy(comm.name()).into_owned()
        })
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
