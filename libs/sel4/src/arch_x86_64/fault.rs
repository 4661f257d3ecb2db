// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fault messages of x86_64.

use crate::fault::declare_fault;
use crate::{VM_FAULT_ADDRESS_BITS, Word, sys};

declare_fault! {
    /// A system call that is not the kernel's.
    UnknownSyscall[sys::seL4_UnknownSyscall_Length] {
        rax = seL4_UnknownSyscall_RAX "Register rax.";
        rbx = seL4_UnknownSyscall_RBX "Register rbx.";
        rcx = seL4_UnknownSyscall_RCX "Register rcx.";
        rdx = seL4_UnknownSyscall_RDX "Register rdx.";
        rsi = seL4_UnknownSyscall_RSI "Register rsi.";
        rdi = seL4_UnknownSyscall_RDI "Register rdi.";
        rbp = seL4_UnknownSyscall_RBP "Register rbp.";
        r8 = seL4_UnknownSyscall_R8 "Register r8.";
        r9 = seL4_UnknownSyscall_R9 "Register r9.";
        r10 = seL4_UnknownSyscall_R10 "Register r10.";
        r11 = seL4_UnknownSyscall_R11 "Register r11.";
        r12 = seL4_UnknownSyscall_R12 "Register r12.";
        r13 = seL4_UnknownSyscall_R13 "Register r13.";
        r14 = seL4_UnknownSyscall_R14 "Register r14.";
        r15 = seL4_UnknownSyscall_R15 "Register r15.";
        fault_ip = seL4_UnknownSyscall_FaultIP "Address of the system call instruction.";
        sp = seL4_UnknownSyscall_SP "Stack pointer.";
        rflags = seL4_UnknownSyscall_FLAGS "Flags.";
        syscall = seL4_UnknownSyscall_Syscall "The system call's number, as the kernel saw it.";
    }
}

declare_fault! {
    /// A processor exception.
    UserException[sys::seL4_UserException_Length] {
        fault_ip = seL4_UserException_FaultIP "Address of the instruction.";
        sp = seL4_UserException_SP "Stack pointer.";
        rflags = seL4_UserException_FLAGS "Flags.";
        number = seL4_UserException_Number "Number of the exception.";
        code = seL4_UserException_Code "Its error code.";
    }
}

declare_fault! {
    /// A memory access that the VSpace does not allow.
    VmFault[sys::seL4_VMFault_Length] {
        ip = seL4_VMFault_IP "Address of the instruction.";
        addr = seL4_VMFault_Addr "The address that was accessed, its low [`crate::VM_FAULT_ADDRESS_BITS`] bits.";
        prefetch_fault = seL4_VMFault_PrefetchFault "1 for an instruction fetch.";
        fsr = seL4_VMFault_FSR "The page fault's error code.";
    }
}

impl VmFault {
    /// Whether the access was an instruction fetch.
    ///
    /// The processor says so only where it knows execute-never, which 5.0.0 does not turn on. But an
    /// instruction whose own address faults can only have been fetched. (One that goes over the end of
    /// a page and faults in the next one looks like a read.)
    #[must_use]
    #[inline(always)]
    pub const fn is_prefetch(&self) -> bool {
        let told = Word::MAX >> (Word::BITS - VM_FAULT_ADDRESS_BITS);
        self.prefetch_fault() == sys::seL4_InstructionFault as Word
            || (!self.is_write() && (self.ip() ^ self.addr()) & told == 0)
    }

    /// Whether the access was a write.
    #[must_use]
    #[inline(always)]
    pub const fn is_write(&self) -> bool {
        // Bit 1 of the page fault error code (Intel SDM volume 3, "Page-Fault Exceptions").
        self.fsr() & 0b10 != 0
    }

    /// Whether there is a mapping, but one that forbids the access.
    #[must_use]
    #[inline(always)]
    pub const fn is_permission(&self) -> bool {
        // Bit 0 of the page fault error code.
        self.fsr() & 0b1 != 0
    }
}
