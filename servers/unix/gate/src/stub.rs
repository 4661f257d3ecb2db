// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stubs: what an aarch64 `svc` becomes.
//!
//! seL4 takes an `svc` for one of its own calls when x7 holds −1 … −8, and the message that it sends
//! for any other one has x0–x7 but not x8, where Linux's call number is. So each `svc` is replaced by
//! a branch to a stub of its own, which
//!
//! 1. exchanges x7 and x8 (nothing else changes, not even the flags): now the message carries the
//!    number, and x8 keeps what the program had in x7;
//! 2. if the number is negative, stops with `brk` instead, which no kernel takes for a call;
//! 3. makes the call, exchanges x7 and x8 again and branches back.
//!
//! ```text
//! 0  eor x7, x7, x8
//! 1  eor x8, x7, x8
//! 2  eor x7, x7, x8
//! 3  tbnz x7, #63, 9
//! 4  svc #0               unknown system call: x0–x6 as the program has them, x7 = number
//! 5  eor x7, x7, x8
//! 6  eor x8, x7, x8
//! 7  eor x7, x7, x8
//! 8  b site + 4
//! 9  brk #0xc0f7          user exception, registers as at 4
//! ```
//!
//! So a call needs no reading of registers: the message has number and arguments, and the answer
//! sets x0 and the program counter ([`RETURN`] words behind the stub's start). Whoever wants all
//! registers reads them and calls [`StubTable::normalize`], which gives them as if the program had
//! stopped at its own `svc` (or behind it, if the call is done): that is how signal frames, children
//! and debuggers see them.
//!
//! Stubs are only ever added, so a stub address never changes its meaning while the program runs.
use crate::layout::PAGE_SIZE;
use crate::registers::aarch64::Registers;
use crate::rewrite::aarch64::SUPERVISOR_CALL;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

/// Words in a stub.
pub const WORDS: usize = 10;
/// Bytes in a stub.
pub const SIZE: usize = WORDS * 4;
/// Stubs in a page; the bytes behind them are zero, which is an undefined instruction.
pub const PER_PAGE: usize = PAGE_SIZE / SIZE;
/// The word of the call.
pub const CALL: usize = 4;
/// The word at which the call returns.
pub const RETURN: usize = 5;
/// The word that stands for a call with a negative number.
pub const REFUSED: usize = 9;
/// How far a branch reaches in each direction, in bytes.
pub const REACH: usize = 128 << 20;

const EXCHANGE: [u32; 3] = [0xca08_00e7, 0xca08_00e8, 0xca08_00e7];
const BRANCH_IF_NEGATIVE: u32 = 0xb7f8_00c7;
const BREAKPOINT: u32 = 0xd420_0000 | 0xc0f7 << 5;

/// Why an instruction cannot be given a stub.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StubError {
    /// All pages that were set aside are full of stubs.
    Full,
    /// The instruction and its stub are further apart than a branch reaches.
    OutOfReach {
        /// The instruction.
        site: usize,
        /// The stub.
        stub: usize,
    },
}

impl fmt::Display for StubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StubError::Full => write!(f, "there is no room for more system call stubs"),
            StubError::OutOfReach { site, stub } => {
                write!(
                    f,
                    "the stub at {stub:#x} is too far from the instruction at {site:#x}"
                )
            }
        }
    }
}

impl core::error::Error for StubError {}

/// Where a thread stands in a stub.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The `svc` in the program that the stub belongs to.
    pub site: usize,
    /// The number of the word that is executed next.
    pub word: usize,
}

impl Position {
    /// Whether the thread is just making a call (a trap with the program counter here is one).
    pub const fn is_call(&self) -> bool {
        matches!(self.word, CALL | REFUSED)
    }
}

/// All stubs of one address space that are in one place. Grows; never shrinks or changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StubTable {
    start: usize,
    pages: usize,
    sites: Vec<usize>,
    indices: BTreeMap<usize, usize>,
}

impl StubTable {
    /// No stubs yet; up to `pages` pages of them from the page-aligned address `start` on.
    pub const fn new(start: usize, pages: usize) -> StubTable {
        StubTable {
            start,
            pages,
            sites: Vec::new(),
            indices: BTreeMap::new(),
        }
    }

    /// How many stubs there are.
    pub fn len(&self) -> usize {
        self.sites.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// The address of a stub.
    pub const fn address(&self, index: usize) -> usize {
        self.start + index / PER_PAGE * PAGE_SIZE + index % PER_PAGE * SIZE
    }

    /// The number of the stub for the `svc` at `site`: the one that it has, or a new one.
    ///
    /// # Errors
    /// If there is no room, or no stub within reach of `site`; nothing has changed then.
    pub fn stub_for(&mut self, site: usize) -> Result<usize, StubError> {
        if let Some(&index) = self.indices.get(&site) {
            return Ok(index);
        }
        let index = self.sites.len();
        if index >= self.pages * PER_PAGE {
            return Err(StubError::Full);
        }
        let stub = self.address(index);
        let back = (stub + (WORDS - 2) * 4, site.wrapping_add(4));
        if branch(site, stub).and(branch(back.0, back.1)).is_none() {
            return Err(StubError::OutOfReach { site, stub });
        }
        self.sites.push(site);
        self.indices.insert(site, index);
        Ok(index)
    }

    /// The words of a stub.
    pub fn words(&self, index: usize) -> Option<[u32; WORDS]> {
        let site = *self.sites.get(index)?;
        let back = branch(self.address(index) + (WORDS - 2) * 4, site.wrapping_add(4))?;
        let [first, second, third] = EXCHANGE;
        Some([
            first,
            second,
            third,
            BRANCH_IF_NEGATIVE,
            SUPERVISOR_CALL,
            first,
            second,
            third,
            back,
            BREAKPOINT,
        ])
    }

    /// Writes a stub into its page. Nothing else in the page is touched: programs may be running through the other stubs.
    pub fn write(&self, index: usize, page: &mut [u8; PAGE_SIZE]) {
        let start = index % PER_PAGE * SIZE;
        let places = page[start..start + SIZE].as_chunks_mut::<4>().0;
        for (place, word) in places.iter_mut().zip(self.words(index).unwrap_or_default()) {
            *place = word.to_le_bytes();
        }
    }

    /// Where in a stub this program counter is.
    pub fn position(&self, pc: usize) -> Option<Position> {
        let offset = pc.checked_sub(self.start)?;
        let (page, offset) = (offset / PAGE_SIZE, offset % PAGE_SIZE);
        if offset >= PER_PAGE * SIZE || offset % 4 != 0 {
            return None;
        }
        let site = *self
            .sites
            .get(page.checked_mul(PER_PAGE)? + offset / SIZE)?;
        Some(Position {
            site,
            word: offset % SIZE / 4,
        })
    }

    /// Gives the registers of a thread that stands in a stub as if it stood at its own `svc`, or
    /// behind it if the call is done. Says whether it was in a stub.
    pub fn normalize(&self, registers: &mut Registers) -> bool {
        let Some(Position { site, word }) = self.position(registers.pc as usize) else {
            return false;
        };
        // Three times exclusive-or exchanges two registers; each of the steps undoes itself.
        let done = match word {
            CALL | REFUSED => 3,
            RETURN.. => word - RETURN,
            _ => word,
        };
        let undo: &[usize] = match word {
            // Before the call: take back the steps that were made, the last one first.
            0..=CALL | REFUSED => &[2, 1, 0][3 - done..],
            // After it: make the steps that are missing.
            _ => &[0, 1, 2][done..],
        };
        for &step in undo {
            let mixed = registers.x[7] ^ registers.x[8];
            registers.x[if step == 1 { 8 } else { 7 }] = mixed;
        }
        let behind = matches!(word, RETURN..REFUSED);
        registers.pc = site.wrapping_add(if behind { 4 } else { 0 }) as u64;
        true
    }
}

/// `b target`, to be placed at `from`, if it reaches.
pub const fn branch(from: usize, target: usize) -> Option<u32> {
    let distance = target.wrapping_sub(from) as isize;
    if distance % 4 != 0 || distance < -(REACH as isize) || distance >= REACH as isize {
        return None;
    }
    Some(0x1400_0000 | (distance >> 2) as u32 & 0x03ff_ffff)
}

/// Where the `b` at `from` leads, if the word is one.
pub const fn branch_target(from: usize, word: u32) -> Option<usize> {
    match word >> 26 {
        0b000101 => {
            let distance = ((word << 6) as i32 >> 4) as isize;
            Some(from.wrapping_add_signed(distance))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
