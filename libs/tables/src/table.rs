// SPDX-License-Identifier: MIT OR Apache-2.0
//! A table that grows page by page.
use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

/// Records in a page.
const PAGE: usize = 64;

/// Records by number. Grows without copying, so that a large table never needs twice its room for a moment, and says when
/// the heap has no more.
///
/// # Panics
/// Indexing, for a number of which there is no record.
pub struct Table<T> {
    pages: Vec<Vec<T>>,
    length: u32,
    limit: u32,
}

impl<T> Table<T> {
    /// An empty table for at most `limit` records.
    #[must_use]
    pub const fn new(limit: u32) -> Self {
        Self {
            pages: Vec::new(),
            length: 0,
            limit,
        }
    }

    /// Adds a record; gives its number, or `None` if there is no room.
    pub fn push(&mut self, record: T) -> Option<u32> {
        if self.length >= self.limit {
            return None;
        }
        let page = self.length as usize / PAGE;
        if page == self.pages.len() {
            self.pages.try_reserve(1).ok()?;
            let mut records = Vec::new();
            records.try_reserve_exact(PAGE).ok()?;
            self.pages.push(records);
        }
        self.pages[page].push(record);
        self.length += 1;
        Some(self.length - 1)
    }

    /// The record of that number, if there is one.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.pages
            .get(number as usize / PAGE)?
            .get(number as usize % PAGE)
    }

    /// How many there are.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "whether there are none is no question"
    )]
    pub const fn len(&self) -> u32 {
        self.length
    }
}

impl<T> Index<u32> for Table<T> {
    type Output = T;
    fn index(&self, number: u32) -> &T {
        &self.pages[number as usize / PAGE][number as usize % PAGE]
    }
}

impl<T> IndexMut<u32> for Table<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        &mut self.pages[number as usize / PAGE][number as usize % PAGE]
    }
}
