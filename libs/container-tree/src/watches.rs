// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who wants to be told of what happens to a container.
use crate::table::Table;
use crate::{ContainerId, Error, Slot};

/// The most watches of one container.
pub const WATCHES: usize = 8;

/// One watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The container.
    pub container: ContainerId,
    /// The badge of the grant that it was asked by.
    pub badge: u64,
    /// The server's slot with the notification (see [`crate::Tree::take_slots`]).
    pub slot: Slot,
    /// The use in bytes beyond which it is told once; [`u64::MAX`]: never.
    pub above: u64,
}

struct Record {
    container: u16,
    /// The next one of the same container, or the next vacant one; 0: none.
    next: u16,
    /// As in [`Watch`]; 28 bits.
    badge: u32,
    slot: Slot,
    above: u64,
}

/// All watches, by container.
pub struct Watches {
    records: Table<Record>,
    vacant: u16,
    /// Heads of the containers' lists.
    heads: Table<u16>,
}

impl Watches {
    /// No watches.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            records: Table::new(1 << 16),
            vacant: 0,
            heads: Table::new(1 << 16),
        }
    }

    /// Adds a watch. A container has at most [`WATCHES`], so that telling them takes little.
    ///
    /// # Errors
    /// [`Error::NoBooks`].
    pub fn add<K>(&mut self, watch: Watch) -> Result<(), Error<K>> {
        let of = u32::from(watch.container.number());
        let mut count = 0;
        let mut number = self.heads.get(of).copied().unwrap_or_default();
        while number != 0 {
            count += 1;
            number = self.records[u32::from(number)].next;
        }
        if count >= WATCHES {
            return Err(Error::NoBooks);
        }
        while self.heads.len() <= of {
            self.heads.push(0).ok_or(Error::NoBooks)?;
        }
        let record = Record {
            container: watch.container.number(),
            next: self.heads[of],
            badge: watch.badge as u32,
            slot: watch.slot,
            above: watch.above,
        };
        if self.vacant == 0 {
            if self.records.len() == 0 {
                // Number 0 means none.
                let none = Record {
                    container: 0,
                    next: 0,
                    badge: 0,
                    slot: 0,
                    above: 0,
                };
                self.records.push(none).ok_or(Error::NoBooks)?;
            }
            let number = self.records.push(record).ok_or(Error::NoBooks)?;
            self.heads[of] = number as u16;
        } else {
            let number = self.vacant;
            self.vacant = self.records[u32::from(number)].next;
            self.records[u32::from(number)] = record;
            self.heads[of] = number;
        }
        Ok(())
    }

    /// Removes the watch of a grant for a container, or, without a badge, any of that container.
    pub fn remove(&mut self, container: ContainerId, badge: Option<u64>) -> Option<Watch> {
        let of = u32::from(container.number());
        let mut before = 0;
        let mut number = *self.heads.get(of)?;
        while number != 0 {
            let record = &self.records[u32::from(number)];
            let watch = record.watch();
            if badge.is_none_or(|badge| watch.badge == badge) {
                let next = record.next;
                match before {
                    0 => self.heads[of] = next,
                    _ => self.records[u32::from(before)].next = next,
                }
                self.records[u32::from(number)].next = self.vacant;
                self.vacant = number;
                return Some(watch);
            }
            (before, number) = (number, record.next);
        }
        None
    }

    /// Some watch of a container that is told beyond less than `used` bytes; it is not told again.
    pub fn passed(&mut self, container: ContainerId, used: u64) -> Option<Watch> {
        let mut number = *self.heads.get(container.number().into())?;
        while number != 0 {
            let record = &mut self.records[u32::from(number)];
            if record.above < used {
                record.above = u64::MAX;
                return Some(record.watch());
            }
            number = record.next;
        }
        None
    }

    /// The least use that a watch of a container has to be told of; [`u64::MAX`] if there is none.
    #[must_use]
    pub fn least(&self, container: ContainerId) -> u64 {
        let mut least = u64::MAX;
        let head = self.heads.get(container.number().into());
        let mut number = head.copied().unwrap_or_default();
        while number != 0 {
            let record = &self.records[u32::from(number)];
            least = least.min(record.above);
            number = record.next;
        }
        least
    }
}

impl Record {
    fn watch(&self) -> Watch {
        Watch {
            container: ContainerId::from_number(self.container),
            badge: self.badge.into(),
            slot: self.slot,
            above: self.above,
        }
    }
}

impl Default for Watches {
    fn default() -> Self {
        Self::new()
    }
}

// A watch has a pair of slots, whose own record takes 80 bytes of what is charged for them.
const _: () = assert!(size_of::<Record>() + 80 <= crate::BYTES_PER_SLOT * 2);
