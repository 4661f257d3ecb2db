// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may ask what of which container.
//!
//! A container capability is a badged endpoint to the container server. Its badge names a *grant*: the process that
//! holds it, the container, and what it may do. The holder is part of it because capabilities that the server
//! makes are put into the CSpace of the one who asks; a copy that the holder passes on still means the holder's CSpace,
//! so it is no way to put something into one's own.
//!
//! The kernel gives 28 bits of badge, of which the highest marks notifications and the next one the server's own
//! children; the grant's number takes 16 and the rest counts how often the number was given. The badge alone is not
//! trusted to be fresh: the server keeps the capability that all copies of a grant came from, and revokes it at the
//! grant's end.
use crate::table::Table;
use crate::{ContainerId, Error, Rights, Slot};

/// Names a client process of the container server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HolderId(pub u16);

/// One grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The container.
    pub container: ContainerId,
    /// Whose CSpace receives what is asked for.
    pub holder: HolderId,
    /// What may be asked.
    pub rights: Rights,
    /// The server's slot with the capability that all copies of this grant came from (see [`crate::Tree::take_slots`]).
    pub slot: Slot,
}

const NUMBER_BITS: u32 = 16;
const COUNT_BITS: u32 = 10;

/// The bits of a badge that may not be 0 for a grant's badge; higher ones are always 0.
const BADGE_BITS: u32 = NUMBER_BITS + COUNT_BITS;

struct Record {
    /// `None`: vacant, `next` is the next vacant one.
    grant: Option<Grant>,
    count: u16,
    /// Neighbours among the grants of the same container, and of the same holder. 0: none.
    next: [u16; 2],
    previous: [u16; 2],
}

/// All grants.
pub struct Grants {
    records: Table<Record>,
    vacant: u16,
    /// Heads of the lists: of containers, of holders.
    heads: [Table<u16>; 2],
}

/// Which list.
const BY_CONTAINER: usize = 0;
const BY_HOLDER: usize = 1;

impl Grants {
    /// No grants.
    #[must_use]
    pub const fn new() -> Self {
        let table = Table::new(1 << NUMBER_BITS);
        Self {
            records: Table::new(1 << NUMBER_BITS),
            vacant: 0,
            heads: [table, Table::new(1 << NUMBER_BITS)],
        }
    }

    /// Adds a grant; gives its badge.
    ///
    /// # Errors
    /// [`Error::NoBooks`].
    pub fn add<K>(&mut self, grant: Grant) -> Result<u64, Error<K>> {
        if self.records.len() == 0 {
            // Number 0 is never a grant's, so that no badge is 0.
            self.push()?;
        }
        for (list, of) in [
            (BY_CONTAINER, grant.container.number()),
            (BY_HOLDER, grant.holder.0),
        ] {
            while self.heads[list].len() <= u32::from(of) {
                self.heads[list].push(0).ok_or(Error::NoBooks)?;
            }
        }
        let number = match self.vacant {
            0 => self.push()?,
            number => {
                self.vacant = self.records[u32::from(number)].next[0];
                number
            }
        };
        self.records[u32::from(number)].grant = Some(grant);
        for (list, of) in Self::lists(&grant) {
            let next = core::mem::replace(&mut self.heads[list][of], number);
            let record = &mut self.records[u32::from(number)];
            (record.next[list], record.previous[list]) = (next, 0);
            if next != 0 {
                self.records[u32::from(next)].previous[list] = number;
            }
        }
        Ok(self.badge(number))
    }

    /// The grant of a badge, if it exists.
    #[must_use]
    pub fn get(&self, badge: u64) -> Option<Grant> {
        let number = badge as u16;
        let record = self.records.get(u32::from(number))?;
        (number != 0 && self.badge(number) == badge)
            .then_some(record.grant)
            .flatten()
    }

    /// Ends a grant.
    pub fn remove(&mut self, badge: u64) {
        let Some(grant) = self.get(badge) else { return };
        let number = badge as u16;
        for (list, of) in Self::lists(&grant) {
            let record = &self.records[u32::from(number)];
            let (next, previous) = (record.next[list], record.previous[list]);
            match previous {
                0 => self.heads[list][of] = next,
                _ => self.records[u32::from(previous)].next[list] = next,
            }
            if next != 0 {
                self.records[u32::from(next)].previous[list] = previous;
            }
        }
        let vacant = self.vacant;
        let record = &mut self.records[u32::from(number)];
        record.grant = None;
        record.count = record.count.wrapping_add(1) & ((1 << COUNT_BITS) - 1);
        record.next[0] = vacant;
        self.vacant = number;
    }

    /// The badge of some grant for a container, but the one of badge `last` only if it is the only one; `None` if there is
    /// none.
    #[must_use]
    pub fn of_container(&self, container: ContainerId, last: Option<u64>) -> Option<u64> {
        let head = self.first(BY_CONTAINER, container.number().into())?;
        let next = self.records[u32::from(head)].next[BY_CONTAINER];
        let number = if last == Some(self.badge(head)) && next != 0 {
            next
        } else {
            head
        };
        Some(self.badge(number))
    }

    /// The badge of some grant of a holder; `None` if there is none.
    #[must_use]
    pub fn of_holder(&self, holder: HolderId) -> Option<u64> {
        let number = self.first(BY_HOLDER, holder.0.into())?;
        Some(self.badge(number))
    }

    fn first(&self, list: usize, of: u32) -> Option<u16> {
        self.heads[list].get(of).copied().filter(|head| *head != 0)
    }

    fn lists(grant: &Grant) -> [(usize, u32); 2] {
        [
            (BY_CONTAINER, u32::from(grant.container.number())),
            (BY_HOLDER, u32::from(grant.holder.0)),
        ]
    }

    fn badge(&self, number: u16) -> u64 {
        let count = self.records[u32::from(number)].count;
        (u64::from(count) << NUMBER_BITS | u64::from(number)) & ((1 << BADGE_BITS) - 1)
    }

    fn push<K>(&mut self) -> Result<u16, Error<K>> {
        let record = Record {
            grant: None,
            count: 0,
            next: [0; 2],
            previous: [0; 2],
        };
        Ok(self.records.push(record).ok_or(Error::NoBooks)? as u16)
    }
}

impl Default for Grants {
    fn default() -> Self {
        Self::new()
    }
}

// A grant has a pair of slots, whose own record takes 80 bytes of what is charged for them.
const _: () = assert!(size_of::<Record>() + 80 <= crate::BYTES_PER_SLOT * 2);
