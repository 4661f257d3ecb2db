// SPDX-License-Identifier: MIT OR Apache-2.0
//! Records by number, each in a list for everything that it belongs to.
use crate::{Links, Table};

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
    /// Neighbours in the lists. Of a vacant entry, the first ones are those in the list of vacant ones.
    links: [Links; LISTS],
}

/// Records in so many lists. No record has number 0.
pub struct Records<T, const LISTS: usize> {
    entries: Table<Numbered<T, LISTS>>,
    vacant: u32,
    /// The lists' first ones, by what they belong to.
    heads: [Table<u32>; LISTS],
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
    /// Bytes of a record, with its share of the lists.
    pub const SIZE: usize = size_of::<Numbered<T, LISTS>>() + LISTS * size_of::<u32>();

    /// Adds a record; its number. `None` if there is no room.
    pub fn add(&mut self, value: T) -> Option<u16> {
        for (list, of) in value.lists().into_iter().enumerate() {
            self.reserve(list, of)?;
        }
        // The first entry that is made is number 0, and stays vacant.
        while self.vacant == 0 {
            self.vacant = self.entries.push(Numbered {
                value,
                lasts: false,
                count: 0,
                links: [Links::default(); LISTS],
            })?;
            self.vacant = self.entries.link(Self::links(0), 0, self.vacant);
        }
        let number = self.vacant;
        self.vacant = self.entries.unlink(Self::links(0), number, number);
        let entry = &mut self.entries[number];
        (entry.value, entry.lasts) = (value, true);
        for (list, of) in value.lists().into_iter().enumerate() {
            self.link(list, of, number);
        }
        Some(number as u16)
    }

    /// Makes sure that [`Records::change`] can have a record belong to the thing of that number; `None` if there is no room.
    pub fn reserve(&mut self, list: usize, of: u16) -> Option<()> {
        while self.heads[list].len() <= of.into() {
            self.heads[list].push(0)?;
        }
        Some(())
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
    ///
    /// # Panics
    /// If it never was that of a record.
    #[must_use]
    pub fn count(&self, number: u16) -> u16 {
        self.entries[number.into()].count
    }

    /// The records in a list with their numbers, newest first.
    pub fn of(&self, list: usize, of: u16) -> impl Iterator<Item = (u16, T)> {
        let head = self.heads[list].get(of.into()).copied().unwrap_or_default();
        let numbers = self.entries.list(move |entry| &entry.links[list], head);
        numbers.map(|number| (number as u16, self.entries[number].value))
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
                self.unlink(list, from, number.into());
                self.link(list, to, number.into());
            }
        }
    }

    /// Removes a record; `None` if there was none of that number.
    pub fn remove(&mut self, number: u16) -> Option<T> {
        let value = self.get(number)?;
        let number = number.into();
        for (list, of) in value.lists().into_iter().enumerate() {
            self.unlink(list, of, number);
        }
        let entry = &mut self.entries[number];
        entry.lasts = false;
        entry.count = entry.count.wrapping_add(1);
        self.vacant = self.entries.link(Self::links(0), self.vacant, number);
        Some(value)
    }

    fn links(list: usize) -> impl Fn(&mut Numbered<T, LISTS>) -> &mut Links {
        move |entry| &mut entry.links[list]
    }

    fn link(&mut self, list: usize, of: u16, number: u32) {
        let head = &mut self.heads[list][of.into()];
        self.entries.link(Self::links(list), *head, number);
        *head = number;
    }

    fn unlink(&mut self, list: usize, of: u16, number: u32) {
        let head = &mut self.heads[list][of.into()];
        *head = self.entries.unlink(Self::links(list), *head, number);
    }
}
