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
use crate::records::Records;
use crate::{ContainerId, Result, Rights, Slot};

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

/// The bits of a badge that count how often the number below them was given.
const COUNT_MASK: u64 = (1 << 10) - 1;

/// All grants: by container, by holder.
pub struct Grants(Records<Grant, 2>);

/// Which list.
const BY_CONTAINER: usize = 0;
const BY_HOLDER: usize = 1;

impl Grants {
    /// No grants.
    #[must_use]
    pub const fn new() -> Self {
        Self(Records::new())
    }

    /// Adds a grant; gives its badge, which is never 0.
    ///
    /// # Errors
    /// [`crate::ContainerError::NoBooks`].
    pub fn add(&mut self, grant: Grant) -> Result<u64> {
        let number = self.0.add(grant, Self::lists(&grant))?;
        Ok(self.badge(number))
    }

    /// The grant of a badge, if it exists.
    #[must_use]
    pub fn get(&self, badge: u64) -> Option<Grant> {
        let grant = self.0.get(badge as u16)?;
        (self.badge(badge as u16) == badge).then_some(*grant)
    }

    /// Ends a grant.
    pub fn remove(&mut self, badge: u64) {
        if let Some(grant) = self.get(badge) {
            self.0.remove(badge as u16, Self::lists(&grant));
        }
    }

    /// The badge of some grant for a container, but the one of badge `last` only if it is the only one; `None` if there is
    /// none.
    #[must_use]
    pub fn of_container(&self, container: ContainerId, last: Option<u64>) -> Option<u64> {
        let badges = self.0.of(BY_CONTAINER, container.number());
        let mut badges = badges.map(|number| self.badge(number));
        badges.next().map(|first| match badges.next() {
            Some(next) if last == Some(first) => next,
            _ => first,
        })
    }

    /// The badge of some grant of a holder; `None` if there is none.
    #[must_use]
    pub fn of_holder(&self, holder: HolderId) -> Option<u64> {
        let number = self.0.of(BY_HOLDER, holder.0).next()?;
        Some(self.badge(number))
    }

    fn lists(grant: &Grant) -> [u16; 2] {
        [grant.container.number(), grant.holder.0]
    }

    fn badge(&self, number: u16) -> u64 {
        (u64::from(self.0.count(number)) & COUNT_MASK) << u16::BITS | u64::from(number)
    }
}

impl Default for Grants {
    fn default() -> Self {
        Self::new()
    }
}

// A grant has a pair of slots, whose own record takes 80 bytes of what is charged for them.
const _: () = assert!(Records::<Grant, 2>::SIZE + 80 <= crate::BYTES_PER_SLOT * 2);
