// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's half of the loader's translation tables, which start.s has switched on empty.

use core::arch::asm;
use core::cell::UnsafeCell;

const ENTRIES: usize = 512;
const VALID: u64 = 1;
const TABLE: u64 = 1 << 1;
/// Memory type 4 of MAIR (write-back), inner shareable, accessed.
const MEMORY: u64 = 4 << 2 | 3 << 8 | 1 << 10;

/// One table; only this module and the processor's table walker use it.
#[repr(transparent)]
struct Table(UnsafeCell<[u64; ENTRIES]>);

// SAFETY: the loader runs on one processor, with interrupts masked.
unsafe impl Sync for Table {}

unsafe extern "C" {
    static kernel_level_0: Table;
    static kernel_level_1: Table;
}

/// Maps the GiB around `physical` at the GiB around `virtual_address`. The packer has checked that
/// the kernel fits in and that both have the same place in it.
pub fn map_kernel(virtual_address: u64, physical: u64) {
    let index = |shift: u32| (virtual_address >> shift) as usize % ENTRIES;
    // SAFETY: the tables exist (start.s), and nothing else refers to them.
    unsafe {
        let table = &raw const kernel_level_1;
        (*kernel_level_0.0.get())[index(39)] = table.expose_provenance() as u64 | VALID | TABLE;
        (*kernel_level_1.0.get())[index(30)] = physical >> 30 << 30 | MEMORY | VALID;
    }
    // SAFETY: waits until the table walker sees the entries; changes nothing.
    unsafe { asm!("dsb ish", "isb", options(nostack, preserves_flags)) };
}
