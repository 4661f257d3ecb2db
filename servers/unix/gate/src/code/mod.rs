// SPDX-License-Identifier: MIT OR Apache-2.0
//! The content of the gate pages.
use crate::layout::PAGE_SIZE;

/// Writes the gate page (mapped read-only and executable at `GATE_ADDRESS`).
pub fn write_gate_page(page: &mut [u8; PAGE_SIZE]) {
    let _ = page;
    unimplemented!("follows with the assembly")
}

/// Writes the page of data behind it (mapped read-only and not executable at `GATE_DATA`).
pub fn write_data_page(page: &mut [u8; PAGE_SIZE]) {
    page.fill(0);
    let words = crate::signal::aarch64::RESTORER_WORDS;
    if cfg!(target_arch = "aarch64") {
        page[..4].copy_from_slice(&words[0].to_le_bytes());
        page[4..8].copy_from_slice(&words[1].to_le_bytes());
    }
}
