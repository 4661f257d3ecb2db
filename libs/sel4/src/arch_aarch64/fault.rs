// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fault messages of aarch64.

use crate::fault::declare_fault;
use crate::{Word, sys};

declare_fault! {
    /// A system call that is not the kernel's.
    UnknownSyscall[sys::seL4_UnknownSyscall_Length] {
        x0 = seL4_UnknownSyscall_X0 "Register x0.";
        x1 = seL4_UnknownSyscall_X1 "Register x1.";
        x2 = seL4_UnknownSyscall_X2 "Register x2.";
        x3 = seL4_UnknownSyscall_X3 "Register x3.";
        x4 = seL4_UnknownSyscall_X4 "Register x4.";
        x5 = seL4_UnknownSyscall_X5 "Register x5.";
        x6 = seL4_UnknownSyscall_X6 "Register x6.";
        x7 = seL4_UnknownSyscall_X7 "Register x7.";
        fault_ip = seL4_UnknownSyscall_FaultIP "Address of the system call instruction.";
        sp = seL4_UnknownSyscall_SP "Stack pointer.";
        lr = seL4_UnknownSyscall_LR "The exception's link register: the address after the instruction.";
        spsr = seL4_UnknownSyscall_SPSR "Processor state.";
        syscall = seL4_UnknownSyscall_Syscall "The system call's number, as the kernel saw it: x7.";
    }
}

declare_fault! {
    /// A processor exception.
    UserException[sys::seL4_UserException_Length] {
        fault_ip = seL4_UserException_FaultIP "Address of the instruction.";
        sp = seL4_UserException_SP "Stack pointer.";
        spsr = seL4_UserException_SPSR "Processor state.";
        number = seL4_UserException_Number "Number of the exception; 0 in 5.0.0.";
        code = seL4_UserException_Code "Its code; 0 in 5.0.0.";
    }
}

declare_fault! {
    /// A memory access that the VSpace does not allow.
    VmFault[sys::seL4_VMFault_Length] {
        ip = seL4_VMFault_IP "Address of the instruction.";
        addr = seL4_VMFault_Addr "The address that was accessed.";
        prefetch_fault = seL4_VMFault_PrefetchFault "1 for an instruction fetch.";
        fsr = seL4_VMFault_FSR "The exception syndrome (ESR).";
    }
}

impl UnknownSyscall {
    /// Register x0 to x7.
    ///
    /// # Panics
    /// For a number above 7: the message does not have those.
    #[must_use]
    pub const fn gpr(&self, number: usize) -> Word {
        assert!(number < 8, "an unknown system call tells x0 to x7");
        self.words()[sys::seL4_UnknownSyscall_X0 as usize + number]
    }
}

impl VmFault {
    /// Whether the access was an instruction fetch.
    #[must_use]
    #[inline(always)]
    pub const fn is_prefetch(&self) -> bool {
        self.prefetch_fault() == sys::seL4_InstructionFault as Word
    }

    /// Whether the access was a write.
    #[must_use]
    #[inline(always)]
    pub const fn is_write(&self) -> bool {
        // Bit WnR of a data abort's syndrome (Arm ARM, "ESR_EL1").
        !self.is_prefetch() && self.fsr() & 1 << 6 != 0
    }

    /// Whether there is a mapping, but one that forbids the access.
    #[must_use]
    #[inline(always)]
    pub const fn is_permission(&self) -> bool {
        // The fault status code of a permission fault, whatever the level (Arm ARM, "ISS encoding").
        self.fsr() & 0b11_1100 == 0b00_1100
    }
}
