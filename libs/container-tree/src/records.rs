// SPDX-License-Identifier: MIT OR Apache-2.0
//! Records by number, each in a list for everything that it belongs to.
use core::mem::replace;

use crate::table::Table;
use crate::{ContainerError, Result};

/// What belongs to so many things.
pub trait Record<const LISTS: usize>: Copy {
    /// The numbers of those things: by each of them all records are found that belong to it.
    fn lists(&self) -> [u16; LISTS];
}

struct Numbered<T, const LISTS: usize> {
    value: T,
    lasts: bool,
    /// Counts how often the number was given.
    count: u16,
    /// Neighbours in the lists; 0: none. Of a vacant entry, the first one is the next vacant one.
    next: [u16; LISTS],
    previous: [u16; LISTS],
}

/// Records in so many lists. No record has number 0.
pub struct Records<T, const LISTS: usize> {
    entries: Table<Numbered<T, LISTS>>,
    vacant: u16,
    /// The lists' first ones, by what they belong to.
    heads: [Table<u16>; LISTS],
}

impl<T, const LISTS: usize> Default for Records<T, LISTS> {
    fn default() -> Self {
        Self {
            entries: Table::new(1 << 16),
            vacant: 0,
            heads: [const { Table::new(1 << 16) }; LISTS],
        }
    }
}

impl<T: Record<LISTS>, const LISTS: usize> Records<T, LISTS> {
    /// What a record takes in the books.
    pub(crate) const SIZE: usize = size_of::<Numbered<T, LISTS>>();

    /// Adds a record; its number.
    ///
    /// # Errors
    /// [`ContainerError::NoBooks`].
    pub fn add(&mut self, value: T) -> Result<u16> {
        for (list, of) in value.lists().into_iter().enumerate() {
            self.reserve(list, of)?;
        }
        // The first entry that is made is number 0, and stays vacant.
        while self.vacant == 0 {
            let entry = Numbered {
                value,
                lasts: false,
                count: 0,
                next: [0; LISTS],
                previous: [0; LISTS],
            };
            self.vacant = self.entries.push(entry).ok_or(ContainerError::NoBooks)? as u16;
        }
        let number = self.vacant;
        let entry = &mut self.entries[number.into()];
        self.vacant = entry.next[0];
        (entry.value, entry.lasts) = (value, true);
        for (list, of) in value.lists().into_iter().enumerate() {
            self.link(list, of, number);
        }
        Ok(number)
    }

    /// Makes sure that [`Records::change`] can have a record belong to the thing of that number.
    ///
    /// # Errors
    /// [`ContainerError::NoBooks`].
    pub fn reserve(&mut self, list: usize, of: u16) -> Result<()> {
        while self.heads[list].len() <= of.into() {
            self.heads[list].push(0).ok_or(ContainerError::NoBooks)?;
        }
        Ok(())
    }

    /// Above the numbers of all records.
    #[must_use]
    pub fn end(&self) -> u16 {
        self.entries.len() as u16
    }

    /// The record of that number, if it exists.
    #[must_use]
    pub fn get(&self, number: u16) -> Option<T> {
        let entry = self.entries.get(number.into())?;
        entry.lasts.then_some(entry.value)
    }

    /// How often the number was given to another record.
    pub(crate) fn count(&self, number: u16) -> u16 {
        self.entries[number.into()].count
    }

    /// The records in a list with their numbers, newest first.
    pub fn of(&self, list: usize, of: u16) -> impl Iterator<Item = (u16, T)> {
        let some = |number: u16| (number != 0).then_some(number);
        let head = self.heads[list].get(of.into()).copied().and_then(some);
        let next = move |number: &u16| some(self.entries[(*number).into()].next[list]);
        core::iter::successors(head, next).map(|number| (number, self.entries[number.into()].value))
    }

    /// Changes a record, if it exists. What it belongs to then had a record before, or was reserved.
    pub fn change(&mut self, number: u16, change: impl FnOnce(&mut T)) {
        let Some(mut value) = self.get(number) else {
            return;
        };
        let before = value.lists();
        change(&mut value);
        self.entries[number.into()].value = value;
        for (list, (from, to)) in before.into_iter().zip(value.lists()).enumerate() {
            if from != to {
                self.unlink(list, from, number);
                self.link(list, to, number);
            }
        }
    }

    /// Removes a record; `None` if there was none of that number.
    pub fn remove(&mut self, number: u16) -> Option<T> {
        let value = self.get(number)?;
        for (list, of) in value.lists().into_iter().enumerate() {
            self.unlink(list, of, number);
        }
        let entry = &mut self.entries[number.into()];
        entry.lasts = false;
        entry.count = entry.count.wrapping_add(1);
        entry.next[0] = replace(&mut self.vacant, number);
        Some(value)
    }

    /// Puts an entry in front of a list that there is.
    fn link(&mut self, list: usize, of: u16, number: u16) {
        let next = replace(&mut self.heads[list][of.into()], number);
        let entry = &mut self.entries[number.into()];
        (entry.next[list], entry.previous[list]) = (next, 0);
        if next != 0 {
            self.entries[next.into()].previous[list] = number;
        }
    }

    /// The opposite.
    fn unlink(&mut self, list: usize, of: u16, number: u16) {
        let entry = &self.entries[number.into()];
        let (next, previous) = (entry.next[list], entry.previous[list]);
        match previous {
            0 => self.heads[list][of.into()] = next,
            _ => self.entries[previous.into()].next[list] = next,
        }
        if next != 0 {
            self.entries[next.into()].previous[list] = previous;
        }
    }
}
