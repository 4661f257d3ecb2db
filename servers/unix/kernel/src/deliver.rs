// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signals on their way into a program: frames, interrupted calls, stopping.
use crate::World;
use crate::machine::Machine;
use crate::task::{Activity, AfterRoutine, Progress, Resumption};
use crate::wait::{Interrupt, Wait};
use alloc::boxed::Box;
use unix_abi::Errno;
use unix_gate::signal::{self as frames, AlternateStack, Information};
use unix_gate::{Registers, Routine, address};
use unix_process::{
    CallOutcome, Delivery, ExitStatus, HandlerCall, Pid, RestartClass, SigInfo, Signal,
};

impl Interrupt {
    fn class(self) -> RestartClass {
        match self {
            Interrupt::Restart => RestartClass::Restartable,
            Interrupt::RestartWithoutHandler => RestartClass::WithoutHandler,
            Interrupt::Never => RestartClass::Never,
        }
    }
}

/// What became of the signals of a process.
enum Delivered {
    /// It goes on with these registers; at least one handler runs first if so said.
    Go(Registers),
    /// It stops.
    Stop(Registers),
    /// It has ended.
    Gone,
}

impl<M: Machine> World<M> {
    /// A process that is not in a call goes on with these registers, after its signals.
    pub(crate) fn deliver(&mut self, pid: Pid, registers: Registers) {
        let delivered = self.run_signals(pid, registers);
        self.go_on(pid, delivered);
    }

    fn go_on(&mut self, pid: Pid, delivered: Delivered) {
        match delivered {
            Delivered::Go(registers) => {
                self.machine
                    .resume(self.handle(pid), &registers.sanitized());
                self.back_to_program(pid);
            }
            Delivered::Stop(registers) => {
                self.task_mut(pid).activity =
                    Activity::Stopped(Resumption::Registers(Box::new(registers)));
            }
            Delivered::Gone => {}
        }
    }

    /// Deals with all signals that are due, for a process with these registers.
    fn run_signals(&mut self, pid: Pid, mut registers: Registers) -> Delivered {
        let tid = pid.main_thread();
        while let Some(delivery) = self.processes.next_signal(tid) {
            match delivery {
                Delivery::Handler(call) => self.enter_handler(pid, &mut registers, &call),
                Delivery::Stop => return Delivered::Stop(registers),
                Delivery::Terminate { signal, core } => {
                    self.killed(pid, signal, core);
                    return Delivered::Gone;
                }
            }
        }
        Delivered::Go(registers)
    }

    /// A signal has come for a process that waits in a call. True when it goes on with the call.
    pub(crate) fn interrupt(&mut self, pid: Pid, wait: &Wait) -> bool {
        let tid = pid.main_thread();
        match self.processes.next_signal(tid) {
            // It was ignored, or it waits for sigtimedwait.
            None => return true,
            Some(Delivery::Stop) => {
                self.task_mut(pid).activity = Activity::Stopped(Resumption::Call);
            }
            Some(Delivery::Terminate { signal, core }) => self.killed(pid, signal, core),
            Some(Delivery::Handler(call)) => self.interrupt_call(pid, wait, &call),
        }
        false
    }

    /// A handler runs while a call waits: the call is made again afterwards, or fails with EINTR.
    fn interrupt_call(&mut self, pid: Pid, wait: &Wait, call: &HandlerCall) {
        let special = self.task_mut(pid).call_registers.take();
        let mut registers = special.unwrap_or_else(|| self.program_registers(pid));
        let moved = self.progress(pid).moved;
        match call.interrupted_call(wait.interrupt.class()) {
            // Bytes that were moved cannot be moved again: the call ends with what it has.
            _ if moved > 0 => registers.complete_call(Ok(moved)),
            CallOutcome::Restart => {}
            CallOutcome::Interrupted => {
                self.report_remaining(pid);
                registers.complete_call(Err(Errno::EINTR));
            }
        }
        if let Some(description) = self.progress(pid).opening {
            self.vfs.release(&mut self.machine, description);
        }
        self.processes.end_sigtimedwait(pid.main_thread());
        self.task_mut(pid).progress = Progress::default();
        self.task_mut(pid).activity = Activity::Trap;
        self.enter_handler(pid, &mut registers, call);
        self.deliver(pid, registers);
    }

    /// Builds the frame of a handler and leads the registers into it. When the frame cannot be
    /// written, the process gets SIGSEGV instead.
    fn enter_handler(&mut self, pid: Pid, registers: &mut Registers, call: &HandlerCall) {
        let tid = pid.main_thread();
        let information = information(&call.info);
        let alternate = &call.alternate;
        let delivery = frames::Delivery {
            information: &information,
            action: frames::Action {
                handler: call.action.handler as usize,
                flags: call.action.flags,
                restorer: call.action.restorer as usize,
            },
            mask: call.saved_mask.0,
            alternate: AlternateStack {
                pointer: alternate.base,
                flags: alternate.flags,
                padding: 0,
                size: alternate.size,
            },
            fault: None,
        };
        let space = self.space_of(pid);
        let written = frames::build(registers, &delivery, address::GATE_ADDRESS)
            .ok()
            .and_then(|frame| {
                for (address, bytes) in &frame.pieces {
                    self.write_user(space, *address, bytes).ok()?;
                }
                Some(frame.registers)
            });
        match written {
            Some(entry) => *registers = entry,
            None => self.processes.frame_failed(tid, call.info.signal),
        }
    }

    /// A signal ended a process.
    pub(crate) fn killed(&mut self, pid: Pid, signal: Signal, core: bool) {
        if core && self.settings.verbose {
            let line = alloc::format!(
                "{} ({}) died by signal {}",
                self.name(pid),
                pid.0,
                signal.number()
            );
            self.machine.report(&line);
        }
        self.end(
            pid,
            ExitStatus::Killed {
                signal,
                core_dumped: false,
            },
        );
    }

    /// A process that runs in its program (or is stopped) has a signal to deal with.
    pub(crate) fn attend(&mut self, pid: Pid) {
        if !self.is_alive(pid) || !self.processes.has_deliverable(pid.main_thread()) {
            if self.is_alive(pid) && matches!(self.task(pid).activity, Activity::Waiting(_)) {
                self.waits.wake_process(pid);
            }
            return;
        }
        match &self.task(pid).activity {
            Activity::Program => {
                self.machine.suspend(self.handle(pid));
                let registers = self.program_registers(pid);
                self.deliver(pid, registers);
            }
            Activity::Waiting(_) => self.waits.wake_process(pid),
            Activity::Stopped(Resumption::Registers(registers)) => {
                let registers = **registers;
                self.deliver(pid, registers);
            }
            Activity::Stopped(Resumption::Call) => {
                let wait = Wait::for_signal();
                if self.interrupt(pid, &wait) {
                    self.task_mut(pid).activity = Activity::Stopped(Resumption::Call);
                }
            }
            Activity::VforkParent(_) => {
                if self.processes.has_fatal(pid.main_thread())
                    && let Some(Delivery::Terminate { signal, core }) =
                        self.processes.next_signal(pid.main_thread())
                {
                    self.killed(pid, signal, core);
                }
            }
            // The trap's end, or the routine's, deals with it.
            Activity::Trap | Activity::InGate(_) => {}
        }
    }

    /// Sends a process through a routine of the gate.
    pub(crate) fn run_routine(
        &mut self,
        pid: Pid,
        from: &Registers,
        routine: Routine,
        argument: usize,
        after: AfterRoutine,
    ) {
        let registers = from.for_routine(address::GATE_ADDRESS, routine, argument);
        self.task_mut(pid).activity = Activity::InGate(after);
        self.machine.resume(self.handle(pid), &registers);
    }
}

/// A signal's information as the frame has it.
fn information(info: &SigInfo) -> Information {
    let bytes = info.to_bytes();
    Information {
        signal: info.signal.number(),
        errno: info.errno,
        code: info.code,
        detail: frames::Detail::Raw(core::array::from_fn(|index| bytes[16 + index])),
    }
}
