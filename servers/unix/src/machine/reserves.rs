// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is kept of the world's reserve, so that a program that takes all there is hurts only itself.
//!
//! ```text
//!   0                                                    the world's reserve
//!   |-- programs' pages, page tables, processes -----------------|   pages |
//!   |-- contents of files -------------------------------|        files    |
//!   |-- room for the world's books before a call -----------------------|ca|
//!   |-- the books themselves, in the middle of a call ----------------------|
//! ```
//! Whoever deletes files needs pages to run in; whoever takes pages needs entries in the world's books; and an entry that
//! a call makes has to succeed once the call has begun.
use croft_server::Spare;
use unix_pages::PAGE_SIZE;

/// What each use leaves to those below it in the picture.
#[derive(Clone, Copy, Debug)]
pub struct Reserves {
    /// What contents of files leave.
    pub files: Spare,
    /// What pages, page tables and processes leave.
    pub pages: Spare,
    /// What room for the books leaves before a call begins.
    pub calls: Spare,
}

/// The least that is kept for the books.
const LEAST: u64 = 512 << 10;

impl Reserves {
    /// For a world that has so much in all.
    pub fn of(total: Spare) -> Self {
        let bytes = (total.bytes / 16).max(LEAST);
        let slots = (total.slots / 16).max(LEAST / PAGE_SIZE as u64);
        let times = |factor, divisor| Spare {
            bytes: bytes * factor / divisor,
            slots: slots * factor / divisor,
        };
        Reserves {
            files: times(2, 1),
            pages: times(1, 1),
            calls: times(1, 2),
        }
    }
}
