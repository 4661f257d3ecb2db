// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making written bytes visible to instruction fetch.

use core::arch::asm;

/// Cleans `code` to the point where instructions are fetched from and drops stale instructions.
pub fn make_executable(code: &[u8]) {
    let cache_type: usize;
    // SAFETY: reads an identification register.
    unsafe { asm!("mrs {}, ctr_el0", out(reg) cache_type, options(nomem, nostack)) };
    // CTR_EL0.DminLine: the smallest line of all data caches, as a power of two of 4-byte words.
    let line = 4 << (cache_type >> 16 & 0xf);
    let lines = code.as_ptr_range();
    let mut address = lines.start.addr() / line * line;
    while address < lines.end.addr() {
        // SAFETY: cache maintenance by an address that is mapped; changes no memory.
        unsafe { asm!("dc cvau, {}", in(reg) address, options(nostack, preserves_flags)) };
        address += line;
    }
    // SAFETY: barriers and instruction cache maintenance; change no memory.
    unsafe {
        asm!(
            "dsb ish",
            "ic iallu",
            "dsb ish",
            "isb",
            options(nostack, preserves_flags)
        );
    }
}
