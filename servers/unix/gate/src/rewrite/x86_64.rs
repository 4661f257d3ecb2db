// SPDX-License-Identifier: MIT OR Apache-2.0
//! x86_64: `syscall` becomes `int 0xC0`.
use crate::layout::PAGE_SIZE;
use alloc::vec::Vec;

/// How many bytes before and after a page help to tell instructions from operands.
pub const CONTEXT: usize = 128;

/// A page with what is around it.
#[derive(Debug)]
pub struct Window<'a> {
    /// The bytes directly before the page: as many as are known, up to [`CONTEXT`] of which count.
    pub before: &'a [u8],
    /// The page.
    pub page: &'a mut [u8; PAGE_SIZE],
    /// The bytes directly behind the page: as many as are known, up to [`CONTEXT`] of which count.
    pub after: &'a [u8],
}

/// What was found in a page. All numbers are offsets in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// `syscall` instructions that were replaced.
    pub replaced: Vec<u16>,
    /// Places with the bytes of one that are part of another instruction, and were left alone.
    pub operands: Vec<u16>,
    /// A `syscall` begins with the last byte of the previous page: the world has to set that byte
    /// to [`FIRST_BYTE`] too (the second one has been replaced).
    pub begins_before: bool,
    /// The last byte may be the first of a `syscall` whose second byte is not known, since `after` is
    /// empty. When the next page becomes known, its report says whether it is one.
    pub ends_open: bool,
    /// `int 0x80` and `sysenter` instructions: system calls of 32-bit programs, which do not exist
    /// here. They raise an exception; nothing is replaced.
    pub foreign: Vec<u16>,
}

/// The first byte of `int`.
pub const FIRST_BYTE: u8 = 0xcd;

/// Replaces the `syscall` instructions of a page.
pub fn rewrite(window: Window<'_>) -> Report {
    let _ = window;
    unimplemented!("follows with the decoder")
}
