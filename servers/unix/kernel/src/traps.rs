// SPDX-License-Identifier: MIT OR Apache-2.0
//! What arrives from the machine: system calls, page faults, exceptions, messages that programs made up.
use crate::World;
use crate::machine::Machine;
use crate::memory::{Fault, Touch};
use crate::task::{Activity, AfterRoutine, Request};
use crate::world::Disposition;
use unix_gate::{Registers, Routine, address};
use unix_pages::PageId;
use unix_process::{Pid, Signal};

impl<M: Machine> World<M> {
    pub(crate) fn pid_of(&mut self, badge: u32) -> Option<Pid> {
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
            let number = unix_abi::syscalls::Sysno::rt_sigreturn.id() as usize;
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

    pub(crate) fn touch_with_books(
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
    pub(crate) fn on_forged_trap(&mut self, pid: Pid) {
        let line = alloc::format!(
            "{} ({}) was killed: it sends messages",
            self.name(pid),
            pid.0
        );
        self.machine.report(&line);
        self.killed(pid, Signal::SYS, false);
        self.settle();
    }

    /// Does a process stand at the end of a routine of the gate?
    pub(crate) fn is_gate_trap(&mut self, pid: Pid) -> bool {
        let pc = self.machine.registers(self.handle(pid)).pc();
        Routine::trapping_at(address::GATE_ADDRESS, pc).is_some()
    }

    /// The registers of a process that stands in a trap, as if it had stopped at its own
    /// instruction.
    pub(crate) fn program_registers(&mut self, pid: Pid) -> Registers {
        let mut registers = self.machine.registers(self.handle(pid));
        self.normalize(pid, &mut registers);
        registers
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
    pub(crate) fn refused_call(&mut self, pid: Pid) -> Option<Registers> {
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
}
