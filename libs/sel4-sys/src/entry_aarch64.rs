// SPDX-License-Identifier: MIT OR Apache-2.0
//! The instruction that enters the kernel on aarch64.

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
    // SAFETY: every register that the kernel changes is declared; what the call does to memory is
    // the caller's promise.
    unsafe {
        asm!(
            "svc #0",
            in("x7") number,
            inout("x0") cap,
            inout("x1") info,
            inout("x2") word0,
            inout("x3") word1,
            inout("x4") word2,
            inout("x5") word3,
            options(nostack),
        );
    }
    Registers {
        cap,
        info,
        msg: [word0, word1, word2, word3],
    }
}
