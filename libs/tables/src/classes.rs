// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lists by class, at most 64: the lowest class from some one on that has anything is found at once.
use crate::{Links, Table};

/// A list for each of `N` classes, through the records of a table.
pub struct Classes<const N: usize> {
    /// Where they begin; 0 if empty.
    heads: [u32; N],
    /// Which of them are not empty: bit `n` for class `n`.
    filled: u64,
}

impl<const N: usize> Classes<N> {
    /// Nothing in any of them.
    pub const EMPTY: Self = Self {
        heads: [0; N],
        filled: 0,
    };

    /// Where the list of a class begins; 0 if it is empty.
    #[must_use]
    pub fn head(&self, class: u8) -> u32 {
        self.heads[usize::from(class)]
    }

    /// The first record of the lowest class, from that one on, that has any.
    #[must_use]
    pub fn lowest(&self, class: u8) -> Option<u32> {
        let classes = self.filled.checked_shr(class.into())?;
        (classes != 0).then(|| self.heads[usize::from(class) + classes.trailing_zeros() as usize])
    }

    /// The highest class that has any record.
    #[must_use]
    pub fn highest(&self) -> Option<u8> {
        self.filled.checked_ilog2().map(|class| class as u8)
    }

    /// Puts a record, which is in no list, into a class: as the first one, or as the last.
    pub fn insert<T>(
        &mut self,
        table: &mut Table<T>,
        links: impl Fn(&mut T) -> &mut Links,
        number: u32,
        class: u8,
        first: bool,
    ) {
        let head = &mut self.heads[usize::from(class)];
        *head = table.link(links, *head, number);
        if first {
            *head = number;
        }
        self.filled |= 1 << class;
    }

    /// Takes a record out of its class.
    pub fn remove<T>(
        &mut self,
        table: &mut Table<T>,
        links: impl Fn(&mut T) -> &mut Links,
        number: u32,
        class: u8,
    ) {
        let head = &mut self.heads[usize::from(class)];
        *head = table.unlink(links, *head, number);
        if *head == 0 {
            self.filled &= !(1 << class);
        }
    }
}
