// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arm's generic timer: the physical timer (`CNTP`), where the loader has opened it to programs. Whoever holds its interrupt
//! should be the only one to use it: the registers know no capabilities.

use core::arch::asm;

const ENABLE: u64 = 1;

/// Ticks of a second of [`crate::counter`].
pub use crate::counter::counter_frequency as frequency;

/// Interrupts when [`crate::counter`] reaches the value (at once if it has), or not at all.
pub fn set(deadline: Option<u64>) {
    let control = match deadline {
        Some(deadline) => {
            // SAFETY: writes a register that the loader has opened to programs; it touches no memory.
            unsafe {
                asm!("msr cntp_cval_el0, {}", in(reg) deadline, options(nomem, nostack, preserves_flags))
            };
            ENABLE
        }
        None => 0,
    };
    // SAFETY: as above.
    unsafe {
        asm!("msr cntp_ctl_el0, {}", "isb", in(reg) control, options(nomem, nostack, preserves_flags))
    };
}
