// SPDX-License-Identifier: MIT OR Apache-2.0
//! The instruction that enters the kernel on x86_64.
//!
//! `syscall` puts the return address into rcx and the flags into r11, and the kernel gives the stack
//! pointer back as zero; so rsp waits in r12, which the kernel preserves.

use core::arch::asm;

use crate::Registers;

/// Enters the kernel with and returns with all registers that a system call uses.
///
/// # Safety
/// `number` must be a system call, and what the kernel does for it (such as writing the IPC buffer)
/// must not break a reference that the caller holds.
#[inline(always)]
pub unsafe fn enter(number: isize, registers: Registers) -> Registers {
    let Registers {
        mut cap,
        mut info,
        msg: [mut word0, mut word1, mut word2, mut word3],
    } = registers;
    // SAFETY: every register that the kernel or the instruction changes is declared; rsp is
    // restored before the block ends; what the call does to memory is the caller's promise.
    unsafe {
        asm!(
            "mov r12, rsp",
            "syscall",
            "mov rsp, r12",
            in("rdx") number,
            inout("rdi") cap,
            inout("rsi") info,
            inout("r10") word0,
            inout("r8") word1,
            inout("r9") word2,
            inout("r15") word3,
            out("rcx") _,
            out("r11") _,
            out("r12") _,
            options(nostack),
        );
    }
    Registers {
        cap,
        info,
        msg: [word0, word1, word2, word3],
    }
}
