// SPDX-License-Identifier: MIT OR Apache-2.0
//! Records by number, each in a list for everything that it belongs to.
use core::mem::replace;

use crate::table::Table;
use crate::{ContainerError, Result};

struct Record<T, const LISTS: usize> {
    value: T,
    lasts: bool,
    /// Counts how often the number was given.
    count: u16,
    /// Neighbours in the lists; 0: none. Of a vacant record, the first one is the next vacant one.
    next: [u16; LISTS],
    previous: [u16; LISTS],
}

/// Records in so many lists. No record has number 0.
pub(crate) struct Records<T, const LISTS: usize> {
    records: Table<Record<T, LISTS>>,
    vacant: u16,
    /// The lists' first ones, by what they belong to.
    heads: [Table<u16>; LISTS],
}

impl<T: Copy, const LISTS: usize> Records<T, LISTS> {
    /// What a record takes in the books.
    pub(crate) const SIZE: usize = size_of::<Record<T, LISTS>>();

    pub(crate) const fn new() -> Self {
        Self {
            records: Table::new(1 << 16),
            vacant: 0,
            heads: [const { Table::new(1 << 16) }; LISTS],
        }
    }

    /// Adds a record that belongs to those; its number.
    pub(crate) fn add(&mut self, value: T, of: [u16; LISTS]) -> Result<u16> {
        for (list, of) in of.into_iter().enumerate() {
            self.reserve(list, of)?;
        }
        if self.records.len() == 0 {
            self.push(value)?;
        }
        let number = match self.vacant {
            0 => self.push(value)?,
            number => number,
        };
        let record = &mut self.records[number.into()];
        (record.value, record.lasts) = (value, true);
        self.vacant = record.next[0];
        for (list, of) in of.into_iter().enumerate() {
            self.link(list, of, number);
        }
        Ok(number)
    }

    /// Makes a list for what has that number.
    pub(crate) fn reserve(&mut self, list: usize, of: u16) -> Result<()> {
        while self.heads[list].len() <= of.into() {
            self.heads[list].push(0).ok_or(ContainerError::NoBooks)?;
        }
        Ok(())
    }

    /// A vacant record.
    fn push(&mut self, value: T) -> Result<u16> {
        let record = Record {
            value,
            lasts: false,
            count: 0,
            next: [0; LISTS],
            previous: [0; LISTS],
        };
        Ok(self.records.push(record).ok_or(ContainerError::NoBooks)? as u16)
    }

    /// Above the numbers of all records.
    pub(crate) fn end(&self) -> u16 {
        self.records.len() as u16
    }

    pub(crate) fn get(&self, number: u16) -> Option<&T> {
        let record = self.records.get(number.into())?;
        record.lasts.then_some(&record.value)
    }

    pub(crate) fn get_mut(&mut self, number: u16) -> Option<&mut T> {
        let record = self.records.get_mut(number.into())?;
        record.lasts.then_some(&mut record.value)
    }

    /// How often the number was given to another record.
    pub(crate) fn count(&self, number: u16) -> u16 {
        self.records[number.into()].count
    }

    /// The numbers in a list, newest first.
    pub(crate) fn of(&self, list: usize, of: u16) -> impl Iterator<Item = u16> {
        let some = |number: u16| (number != 0).then_some(number);
        let head = self.heads[list].get(of.into()).copied().and_then(some);
        core::iter::successors(head, move |number| {
            some(self.records[(*number).into()].next[list])
        })
    }

    /// Removes a record that belongs to those.
    pub(crate) fn remove(&mut self, number: u16, of: [u16; LISTS]) {
        for (list, of) in of.into_iter().enumerate() {
            self.unlink(list, of, number);
        }
        let record = &mut self.records[number.into()];
        record.lasts = false;
        record.count = record.count.wrapping_add(1);
        record.next[0] = replace(&mut self.vacant, number);
    }

    /// Puts a record in front of a list that there is.
    pub(crate) fn link(&mut self, list: usize, of: u16, number: u16) {
        let next = replace(&mut self.heads[list][of.into()], number);
        let record = &mut self.records[number.into()];
        (record.next[list], record.previous[list]) = (next, 0);
        if next != 0 {
            self.records[next.into()].previous[list] = number;
        }
    }

    /// The opposite.
    pub(crate) fn unlink(&mut self, list: usize, of: u16, number: u16) {
        let record = &self.records[number.into()];
        let (next, previous) = (record.next[list], record.previous[list]);
        match previous {
            0 => self.heads[list][of.into()] = next,
            _ => self.records[previous.into()].next[list] = next,
        }
        if next != 0 {
            self.records[next.into()].previous[list] = previous;
        }
    }
}
