// SPDX-License-Identifier: MIT OR Apache-2.0
//! x86_64: `syscall` becomes `int 0xC0`.
//!
//! Both are two bytes long. The bytes of `syscall` also turn up inside of longer instructions, where
//! they must not be touched: each place is judged by decoding what is before it (`judge.rs`). If it
//! cannot be told, the place is left alone: a missed `syscall` ends the program with a clear error
//! when it is executed, a damaged operand would go unnoticed.
use super::judge::{AROUND_AFTER, AROUND_BEFORE, Verdict, judge};
use crate::layout::PAGE_SIZE;
use crate::trap::x86_64::CALL_VECTOR;
use alloc::vec::Vec;

/// How many bytes before and after a page help to tell instructions from operands.
pub const CONTEXT: usize = AROUND_BEFORE;
/// The bytes of `syscall`.
const SYSCALL: [u8; 2] = [0x0f, 0x05];
/// The bytes of `int 0xC0`.
const INTERRUPT: [u8; 2] = [FIRST_BYTE, CALL_VECTOR];
/// Where the last byte of a page is.
const LAST: usize = PAGE_SIZE - 1;
/// The first byte of `int`.
pub const FIRST_BYTE: u8 = 0xcd;

/// A page with what is around it.
#[derive(Debug)]
pub struct Window<'a> {
    /// The bytes directly before the page: as many as are known; the last [`CONTEXT`] matter. They
    /// may have been rewritten already.
    pub before: &'a [u8],
    /// The page.
    pub page: &'a mut [u8; PAGE_SIZE],
    /// The bytes directly behind the page: as many as are known; the first few matter. At best as
    /// they were before they were rewritten: else a `syscall` over the border is not seen from this
    /// side (but was reported from the other one, see [`Report::begins_before`]).
    pub after: &'a [u8],
}

/// What was found in a page. All numbers are offsets in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// `syscall` instructions that were replaced (of one that straddles the end: its first byte).
    pub replaced: Vec<u16>,
    /// Places with the bytes of one that are part of another instruction, and were left alone.
    pub operands: Vec<u16>,
    /// Places where it could not be told, which were left alone too.
    pub unclear: Vec<u16>,
    /// A `syscall` begins with the last byte of the previous page: the world has to set that byte
    /// to [`FIRST_BYTE`] if it is not (the second one, at offset 0, has been replaced).
    pub begins_before: bool,
    /// The last byte may be the first of a `syscall` whose second byte is not known, since `after` is
    /// empty. When the next page is rewritten, its report says whether it is one.
    pub ends_open: bool,
}

/// Replaces the `syscall` instructions of a page.
pub fn rewrite(window: Window<'_>) -> Report {
    let Window {
        before,
        page,
        after,
    } = window;
    let mut report = Report::default();
    if page[0] == SYSCALL[1] && matches!(before.last(), Some(&(0x0f | FIRST_BYTE))) {
        let around = Around::new(before, page, after, -1);
        if around.verdict() == Verdict::Instruction {
            page[0] = INTERRUPT[1];
            report.begins_before = true;
        }
    }
    // The second byte is the rarer one in code.
    let mut seconds = 1;
    while let Some(found) = memchr::memchr(SYSCALL[1], &page[seconds..]) {
        let at = seconds + found - 1;
        seconds = at + 2;
        if page[at] == SYSCALL[0] && judged(&mut report, before, page, after, at) {
            page[at..at + 2].copy_from_slice(&INTERRUPT);
        }
    }
    if page[LAST] == SYSCALL[0] {
        match after.first() {
            None => report.ends_open = true,
            Some(&byte) if byte != SYSCALL[1] => {}
            Some(_) if judged(&mut report, before, page, after, LAST) => page[LAST] = INTERRUPT[0],
            Some(_) => {}
        }
    }
    report
}

/// Judges one place, notes it, and says whether it is to be replaced.
fn judged(
    report: &mut Report,
    before: &[u8],
    page: &[u8; PAGE_SIZE],
    after: &[u8],
    at: usize,
) -> bool {
    let verdict = Around::new(before, page, after, at as isize).verdict();
    let list = match verdict {
        Verdict::Instruction => &mut report.replaced,
        Verdict::Operand => &mut report.operands,
        Verdict::Unclear => &mut report.unclear,
    };
    list.push(at as u16);
    verdict == Verdict::Instruction
}

/// Offsets of `int 0x80` and `sysenter` byte pairs in a page: system calls of 32-bit programs, which
/// do not exist here and end in an exception. Only for messages to people: operands are not told
/// apart.
pub fn foreign(page: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr2_iter(0xcd, 0x0f, page).filter(|&at| {
        matches!(
            (page[at], page.get(at + 1)),
            (0xcd, Some(0x80)) | (0x0f, Some(0x34))
        )
    })
}

/// The bytes around one place, gathered over page borders.
struct Around {
    bytes: [u8; AROUND_BEFORE + 2 + AROUND_AFTER],
    start: usize,
    end: usize,
}

impl Around {
    /// `at` is an offset in `page`; −1 is the byte before it.
    fn new(before: &[u8], page: &[u8; PAGE_SIZE], after: &[u8], at: isize) -> Around {
        let byte = |offset: isize| match usize::try_from(offset) {
            Ok(offset) if offset < PAGE_SIZE => Some(page[offset]),
            Ok(offset) => after.get(offset - PAGE_SIZE).copied(),
            Err(_) => before
                .len()
                .checked_add_signed(offset)
                .and_then(|i| before.get(i).copied()),
        };
        let mut around = Around {
            bytes: [0; AROUND_BEFORE + 2 + AROUND_AFTER],
            start: AROUND_BEFORE,
            end: AROUND_BEFORE + 2,
        };
        around.bytes[AROUND_BEFORE..][..2].copy_from_slice(&SYSCALL);
        for distance in 1..=AROUND_BEFORE {
            let Some(value) = byte(at - distance as isize) else {
                break;
            };
            around.start -= 1;
            around.bytes[around.start] = value;
        }
        for distance in 0..AROUND_AFTER {
            let Some(value) = byte(at + 2 + distance as isize) else {
                break;
            };
            around.bytes[around.end] = value;
            around.end += 1;
        }
        around
    }

    fn verdict(&self) -> Verdict {
        judge(
            &self.bytes[self.start..self.end],
            AROUND_BEFORE - self.start,
        )
    }
}

#[cfg(test)]
mod tests;
