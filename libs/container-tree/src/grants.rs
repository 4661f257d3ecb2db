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
use crate::{ContainerError, ContainerId, Result, Rights, Slot};
use croft_tables::{Record, Records};

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
    /// The holder's slot that its capability was put into at first.
    pub place: Slot,
    /// The server's slot with the capability that all copies of this grant came from (see [`crate::Tree::take_slots`]).
    pub slot: Slot,
}

impl Record<2> for Grant {
    fn lists(&self) -> [u16; 2] {
        [self.container.number(), self.holder.0]
    }
}

/// The bits of a badge that count how often the number below them was given.
const COUNT_MASK: u64 = (1 << 10) - 1;

/// All grants: by container, by holder.
#[derive(Default)]
pub struct Grants(Records<Grant, 2>);

impl Grants {
    /// Adds a grant; gives its badge, which is never 0.
    ///
    /// # Errors
    /// [`crate::ContainerError::NoBooks`].
    pub fn add(&mut self, grant: Grant) -> Result<u64> {
        let number = self.0.add(grant).ok_or(ContainerError::NoBooks)?;
        Ok(self.badge(number))
    }

    /// The grant of a badge, if it exists.
    #[must_use]
    pub fn get(&self, badge: u64) -> Option<Grant> {
        let grant = self.0.get(badge as u16)?;
        (self.badge(badge as u16) == badge).then_some(grant)
    }

    /// Ends a grant.
    pub fn remove(&mut self, badge: u64) {
        if self.get(badge).is_some() {
            self.0.remove(badge as u16);
        }
    }

    /// The grants for a container with their badges, newest first.
    pub fn of_container(&self, container: ContainerId) -> impl Iterator<Item = (u64, Grant)> {
        let grants = self.0.of(0, container.number());
        grants.map(|(number, grant)| (self.badge(number), grant))
    }

    /// The grants of a holder with their badges, newest first.
    pub fn of_holder(&self, holder: HolderId) -> impl Iterator<Item = (u64, Grant)> {
        let grants = self.0.of(1, holder.0);
        grants.map(|(number, grant)| (self.badge(number), grant))
    }

    fn badge(&self, number: u16) -> u64 {
        (u64::from(self.0.count(number)) & COUNT_MASK) << u16::BITS | u64::from(number)
    }
}

const _: () = assert!(crate::pays(Records::<Grant, 2>::SIZE));
