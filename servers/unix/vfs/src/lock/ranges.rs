// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sets of locked ranges: what record locks are made of.
use alloc::vec::Vec;

/// Whether others may have it too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LockMode {
    Shared,
    Exclusive,
}

/// A locked range, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Range<O> {
    pub owner: O,
    pub mode: LockMode,
    pub first: u64,
    pub last: u64,
}

impl<O> Range<O> {
    fn overlaps(&self, first: u64, last: u64) -> bool {
        self.first <= last && first <= self.last
    }
}

/// The locked ranges of a file, by first byte. Ranges of one owner never overlap, and those that
/// touch and have the same mode are one.
pub(crate) struct Ranges<O>(Vec<Range<O>>);

impl<O> Default for Ranges<O> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<O: Copy + PartialEq> Ranges<O> {
    pub fn len(&self) -> u32 {
        self.0.len() as u32
    }

    /// The first range of another owner that is in the way.
    pub fn conflict(&self, owner: O, mode: LockMode, first: u64, last: u64) -> Option<&Range<O>> {
        self.0.iter().find(|range| {
            range.owner != owner
                && range.overlaps(first, last)
                && (mode == LockMode::Exclusive || range.mode == LockMode::Exclusive)
        })
    }

    /// Gives the owner a range in a mode, or takes it away; what it had there before goes. Tells
    /// whether others can have something now that they could not have before.
    pub fn set(&mut self, owner: O, mode: Option<LockMode>, first: u64, last: u64) -> bool {
        let mut gave_up = false;
        let mut pieces = Vec::new();
        self.0.retain(|range| {
            if range.owner != owner || !range.overlaps(first, last) {
                return true;
            }
            gave_up |= match mode {
                None => true,
                Some(mode) => mode == LockMode::Shared && range.mode == LockMode::Exclusive,
            };
            if range.first < first {
                pieces.push(Range {
                    last: first - 1,
                    ..*range
                });
            }
            if range.last > last {
                pieces.push(Range {
                    first: last + 1,
                    ..*range
                });
            }
            false
        });
        if let Some(mode) = mode {
            pieces.push(Range {
                owner,
                mode,
                first,
                last,
            });
        }
        for piece in pieces {
            self.insert(piece);
        }
        gave_up
    }

    /// Adds a range that overlaps none of its owner's, and joins it with those that it touches.
    fn insert(&mut self, mut new: Range<O>) {
        self.0.retain(|range| {
            if range.owner != new.owner || range.mode != new.mode {
                return true;
            }
            if range.last.checked_add(1) == Some(new.first) {
                new.first = range.first;
                return false;
            }
            if new.last.checked_add(1) == Some(range.first) {
                new.last = range.last;
                return false;
            }
            true
        });
        let place = self.0.partition_point(|range| range.first <= new.first);
        self.0.insert(place, new);
    }
}
