// SPDX-License-Identifier: MIT OR Apache-2.0
//! x86_64.
use crate::Routine;
use crate::layout::x86_64::USER_END;
use unix_abi::Errno;

/// Bits of `rflags` that a program may choose: CF PF AF ZF SF DF OF NT RF AC ID (what Linux's
/// `rt_sigreturn` lets through, without TF: seL4 masks single-stepping anyway).
pub const USER_FLAGS: u64 = 0x25_4cd5;
/// Bits of `rflags` that are always set in a program: interrupts, and bit 1, which is fixed.
pub const FIXED_FLAGS: u64 = 0x202;
/// The direction flag.
pub const DIRECTION_FLAG: u64 = 0x400;
/// The resume flag.
pub const RESUME_FLAG: u64 = 0x1_0000;

/// All integer registers of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "each field is the register of its name")]
pub struct Registers {
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rbp: u64,
    pub rsp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rip: u64,
    pub rflags: u64,
    /// The thread pointer (`ARCH_SET_FS`). It has to stay below
    /// [`USER_END`]: the kernel loads it unchecked, and an address that is not canonical would
    /// fault there. [`Registers::set_thread_pointer`] sees to that.
    pub fs_base: u64,
}

impl Registers {
    /// Bytes in the instruction that makes a system call.
    pub const CALL_LENGTH: u64 = 2;
    /// Whether the thread pointer is among these registers (else it is in
    /// [`crate::context::Context`]).
    pub const HOLDS_THREAD_POINTER: bool = true;

    /// What a program starts with: everything zero but program counter and stack pointer.
    pub fn for_program(entry: usize, stack_pointer: usize) -> Registers {
        let (rip, rsp) = (entry as u64, stack_pointer as u64);
        Registers {
            rip,
            rsp,
            rflags: FIXED_FLAGS,
            ..Registers::default()
        }
    }

    /// What a thread with these registers gets to run a routine of the gate page at `gate`.
    /// [`Routine::SignalEntry`] is entered by [`crate::signal::build`] instead.
    #[must_use]
    pub fn for_routine(&self, gate: usize, routine: Routine, argument: usize) -> Registers {
        Registers {
            rdi: argument as u64,
            rip: (gate + routine.offset()) as u64,
            rflags: FIXED_FLAGS,
            fs_base: self.fs_base,
            ..Registers::default()
        }
    }

    /// The address of the current instruction.
    pub fn pc(&self) -> usize {
        self.rip as usize
    }

    /// Continues at another address.
    pub fn set_pc(&mut self, address: usize) {
        self.rip = address as u64;
    }

    /// The stack pointer.
    pub fn sp(&self) -> usize {
        self.rsp as usize
    }

    /// Moves the stack pointer (the stack that was given to `clone`).
    pub fn set_sp(&mut self, address: usize) {
        self.rsp = address as u64;
    }

    /// The number of the system call. Like Linux this takes the low 32 bits and extends their
    /// sign, so that negative numbers come out as huge ones.
    pub fn call_number(&self) -> usize {
        self.rax as i32 as usize
    }

    /// Makes the thread call another number with the same arguments when it continues
    /// (`restart_syscall`).
    pub fn set_call_number(&mut self, number: usize) {
        self.rax = number as u64;
    }

    /// Argument 0 … 5 of the system call; 0 for any other index.
    pub fn argument(&self, index: usize) -> usize {
        let all = [self.rdi, self.rsi, self.rdx, self.r10, self.r8, self.r9];
        all.get(index).copied().unwrap_or(0) as usize
    }

    /// Sets the register in which results are returned, and nothing else.
    pub fn set_result(&mut self, value: usize) {
        self.rax = value as u64;
    }

    /// Ends the system call: sets the result and steps behind the instruction.
    pub fn complete_call(&mut self, result: Result<usize, Errno>) {
        self.set_result(result_value(result));
        self.rip = self.rip.wrapping_add(Self::CALL_LENGTH);
    }

    /// Sets the thread pointer (`arch_prctl(ARCH_SET_FS)`, `CLONE_SETTLS`).
    ///
    /// # Errors
    /// `EPERM` if it is outside of user space, as on Linux.
    pub fn set_thread_pointer(&mut self, address: usize) -> Result<(), Errno> {
        if address >= USER_END {
            return Err(Errno::EPERM);
        }
        self.fs_base = address as u64;
        Ok(())
    }

    /// Makes what a program may have chosen harmless for the kernel and like Linux has it: flags
    /// that are not the program's are reset, a thread pointer outside of user space becomes 0.
    #[must_use]
    pub fn sanitized(mut self) -> Registers {
        self.rflags = self.rflags & USER_FLAGS | FIXED_FLAGS;
        if self.fs_base >= USER_END as u64 {
            self.fs_base = 0;
        }
        self
    }
}

pub(super) fn result_value(result: Result<usize, Errno>) -> usize {
    match result {
        Ok(value) => value,
        Err(errno) => (errno.into_raw() as usize).wrapping_neg(),
    }
}
