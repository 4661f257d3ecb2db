// SPDX-License-Identifier: MIT OR Apache-2.0
//! aarch64.
use super::x86_64::result_value;
use crate::Routine;
use unix_abi::Errno;

/// Bits of `pstate` that a program may choose: the flags N Z C V. (Linux also allows bits of
/// extensions that this machine does not have.)
pub const USER_FLAGS: u64 = 0xf000_0000;

/// All integer registers of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Registers {
    /// x0 … x30.
    pub x: [u64; 31],
    /// The stack pointer.
    pub sp: u64,
    /// The program counter.
    pub pc: u64,
    /// The processor state: of interest are the flags N Z C V.
    pub pstate: u64,
}

impl Registers {
    /// Bytes in the instruction that makes a system call.
    pub const CALL_LENGTH: u64 = 4;
    /// Whether the thread pointer is among these registers (else it is in
    /// [`crate::context::Context`]).
    pub const HOLDS_THREAD_POINTER: bool = false;

    /// What a program starts with: everything zero but program counter and stack pointer.
    pub fn for_program(entry: usize, stack_pointer: usize) -> Registers {
        let (pc, sp) = (entry as u64, stack_pointer as u64);
        Registers {
            pc,
            sp,
            ..Registers::default()
        }
    }

    /// What a thread with these registers gets to run a routine of the gate page at `gate`.
    /// [`Routine::SignalEntry`] is entered by [`crate::signal::build`] instead.
    #[must_use]
    pub fn for_routine(&self, gate: usize, routine: Routine, argument: usize) -> Registers {
        let mut registers = Registers::default();
        registers.x[0] = argument as u64;
        registers.pc = (gate + routine.offset()) as u64;
        registers
    }

    /// The address of the current instruction.
    pub fn pc(&self) -> usize {
        self.pc as usize
    }

    /// Continues at another address.
    pub fn set_pc(&mut self, address: usize) {
        self.pc = address as u64;
    }

    /// The stack pointer.
    pub fn sp(&self) -> usize {
        self.sp as usize
    }

    /// Moves the stack pointer (the stack that was given to `clone`).
    pub fn set_sp(&mut self, address: usize) {
        self.sp = address as u64;
    }

    /// The number of the system call. Like Linux this takes the low 32 bits and extends their
    /// sign, so that negative numbers come out as huge ones.
    pub fn call_number(&self) -> usize {
        self.x[8] as i32 as usize
    }

    /// Makes the thread call another number with the same arguments when it continues
    /// (`restart_syscall`).
    pub fn set_call_number(&mut self, number: usize) {
        self.x[8] = number as u64;
    }

    /// Argument 0 … 5 of the system call; 0 for any other index.
    pub fn argument(&self, index: usize) -> usize {
        if index < 6 { self.x[index] as usize } else { 0 }
    }

    /// Sets the register in which results are returned, and nothing else.
    pub fn set_result(&mut self, value: usize) {
        self.x[0] = value as u64;
    }

    /// Ends the system call: sets the result and steps behind the instruction.
    pub fn complete_call(&mut self, result: Result<usize, Errno>) {
        self.set_result(result_value(result));
        self.pc = self.pc.wrapping_add(Self::CALL_LENGTH);
    }

    /// The thread pointer is not among these registers here.
    ///
    /// # Errors
    /// Always `EINVAL`: use [`crate::context::Context::THREAD_POINTER`] (see
    /// [`Registers::HOLDS_THREAD_POINTER`]).
    pub fn set_thread_pointer(&mut self, _address: usize) -> Result<(), Errno> {
        Err(Errno::EINVAL)
    }

    /// Makes what a program may have chosen harmless for the kernel and like Linux has it: state
    /// bits that are not the program's are reset.
    #[must_use]
    pub fn sanitized(mut self) -> Registers {
        self.pstate &= USER_FLAGS;
        self
    }
}
