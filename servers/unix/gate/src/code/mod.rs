// SPDX-License-Identifier: MIT OR Apache-2.0
//! The content of the gate pages.
//!
//! The routines are assembled into the world's own read-only data (they never run there) and copied
//! into the page that all processes of a world share. They are position-independent and use no
//! stack. Their blocks are where [`crate::routine`] says; the assembler refuses one that has outgrown
//! its block.
#![allow(unsafe_code, reason = "assembly, and the symbols that say where it is")]

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

use crate::layout::PAGE_SIZE;

/// The assembled routines, from the start of the first block to the end of what follows the last.
fn assembled() -> &'static [u8] {
    // SAFETY: both symbols are labels of the assembly in this folder. They only give addresses; the
    // declared content is never read through them alone.
    unsafe extern "C" {
        static croft_gate_start: u8;
        static croft_gate_end: u8;
    }
    let (start, end) = (&raw const croft_gate_start, &raw const croft_gate_end);
    // SAFETY: the two labels stand at the start and the end of one section of read-only data, so
    // all bytes between them are initialized, belong to one object and never change.
    unsafe { core::slice::from_raw_parts(start, end.addr() - start.addr()) }
}

/// Writes the gate page (to be mapped read-only and executable at `GATE_ADDRESS`).
pub fn write_gate_page(page: &mut [u8; PAGE_SIZE]) {
    let code = assembled();
    page.fill(0);
    page[..code.len()].copy_from_slice(code);
}

/// Writes the page of data behind it (to be mapped read-only and not executable at `GATE_DATA`).
pub fn write_data_page(page: &mut [u8; PAGE_SIZE]) {
    page.fill(0);
    if cfg!(target_arch = "aarch64") {
        let [first, second] = crate::signal::aarch64::RESTORER_WORDS;
        page[..4].copy_from_slice(&first.to_le_bytes());
        page[4..8].copy_from_slice(&second.to_le_bytes());
    }
}
