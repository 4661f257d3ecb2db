// SPDX-License-Identifier: MIT OR Apache-2.0
//! Instructions that fail: which signal they become.
use crate::World;
use crate::machine::Machine;
use crate::memory::{Fault, Touch};
use unix_abi::linux::general as linux;
use unix_gate::Registers;
use unix_process::{Pid, SigInfo, Signal};

/// A processor exception, as the machine reports it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Exception {
    /// x86_64: the vector. aarch64: 0, the instruction tells.
    pub vector: u64,
    /// x86_64: the error code.
    pub code: u64,
}

/// A trap that only the gate makes, from somewhere else: a breakpoint that nobody set.
pub(crate) const STRAY_TRAP: Exception = Exception { vector: 3, code: 0 };

impl<M: Machine> World<M> {
    /// The signal of a touch that cannot be served.
    pub(crate) fn page_fault_signal(
        &mut self,
        pid: Pid,
        address: usize,
        touch: Touch,
        fault: Fault,
        registers: Registers,
    ) {
        let (signal, code) = match fault {
            Fault::Unmapped => (Signal::SEGV, linux::SEGV_MAPERR),
            Fault::Denied => (Signal::SEGV, linux::SEGV_ACCERR),
            Fault::BehindEnd => (Signal::BUS, linux::BUS_ADRERR),
            Fault::OutOfMemory => {
                self.report_spent(pid);
                self.killed(pid, Signal::KILL, false);
                return;
            }
        };
        if self.settings.verbose {
            let name = self.name(pid);
            let line = alloc::format!(
                "{name} ({}): {touch:?} at {address:#x}: {fault:?}, pc {:#x} sp {:#x}",
                pid.0,
                registers.pc(),
                registers.sp()
            );
            self.machine.report(&line);
        }
        let info = SigInfo::fault(signal, code, address as u64);
        self.processes.force_fault(pid.main_thread(), info);
        self.deliver(pid, registers);
    }

    /// The signal of an instruction that failed.
    pub(crate) fn exception_signal(&mut self, pid: Pid, exception: Exception) {
        let registers = self.program_registers(pid);
        let (signal, code) = if cfg!(target_arch = "aarch64") {
            let space = self.space_of(pid);
            // An instruction that cannot be read did not fail by itself: it is as good as illegal.
            let word = self.read_user_u32(space, registers.pc()).unwrap_or(0);
            unix_gate::trap::aarch64::exception_signal(word)
        } else {
            unix_gate::trap::x86_64::exception_signal(exception.vector)
        };
        let signal = Signal::new(signal as i32).unwrap_or(Signal::ILL);
        if self.settings.verbose {
            // Where the thread really stands, which may be in a stub of the program's instruction.
            let at = self.machine.registers(self.handle(pid)).pc();
            let (name, pc) = (self.name(pid), registers.pc());
            let line = alloc::format!(
                "{name} ({}): exception {} at {at:#x}, pc {pc:#x} sp {:#x}",
                pid.0,
                exception.vector,
                registers.sp()
            );
            self.machine.report(&line);
        }
        let info = SigInfo::fault(signal, code as u32, registers.pc() as u64);
        self.processes.force_fault(pid.main_thread(), info);
        self.deliver(pid, registers);
    }

    /// A signal that a call of the process's own brings on itself (SIGPIPE, SIGXFSZ).
    pub(crate) fn raise(&mut self, pid: Pid, signal: u32) {
        if let Some(signal) = Signal::new(signal as i32) {
            // The thread lives, so the signal can be sent.
            let _ = self
                .processes
                .send_to_thread(pid.main_thread(), SigInfo::from_kernel(signal));
        }
    }
}
