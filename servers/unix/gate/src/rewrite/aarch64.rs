// SPDX-License-Identifier: MIT OR Apache-2.0
//! aarch64: `svc` becomes a branch to a stub.
use crate::layout::PAGE_SIZE;
use crate::stub::{StubError, StubTable, branch};

/// What was done to a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Instructions that were replaced.
    pub replaced: usize,
    /// Whether the table got new stubs, so that its last pages have to be written anew.
    pub new_stubs: bool,
}

/// Whether a word is an `svc` with any number.
pub const fn is_supervisor_call(word: u32) -> bool {
    word & 0xffe0_001f == 0xd400_0001
}

/// Replaces every `svc` in the page that will be at `address`. Data between instructions that looks
/// like one is replaced too: there is no way to tell, and with 21 fixed bits it is rare.
///
/// # Errors
/// If a stub cannot be had. What was replaced before stays replaced; the rest is as it was, still
/// confined but at the program's own risk (see [`crate::stub`]).
pub fn rewrite(
    page: &mut [u8; PAGE_SIZE],
    address: usize,
    stubs: &mut StubTable,
) -> Result<Report, StubError> {
    let before = stubs.len();
    let mut report = Report::default();
    for (index, bytes) in page.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        if !is_supervisor_call(u32::from_le_bytes(*bytes)) {
            continue;
        }
        let site = address.wrapping_add(index * 4);
        let stub = stubs.stub_for(site)?;
        let stub = stubs.address(stub);
        *bytes = branch(site, stub)
            .ok_or(StubError::OutOfReach { site, stub })?
            .to_le_bytes();
        report.replaced += 1;
        report.new_stubs = stubs.len() > before;
    }
    Ok(report)
}
