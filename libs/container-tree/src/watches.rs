// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who wants to be told of what happens to a container.
use crate::{ContainerError, ContainerId, Result, Slot};
use croft_tables::{Record, Records};

/// The most watches of one container.
pub const WATCHES: usize = 8;

/// One watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The container.
    pub container: ContainerId,
    /// The badge of the grant that it was asked by, which has 28 bits.
    pub badge: u32,
    /// The server's slot with the notification (see [`crate::Tree::take_slots`]).
    pub slot: Slot,
    /// The use in bytes beyond which it is told once; [`u64::MAX`]: never.
    pub above: u64,
}

impl Record<1> for Watch {
    fn lists(&self) -> [u16; 1] {
        [self.container.number()]
    }
}

/// All watches, by container.
#[derive(Default)]
pub struct Watches(Records<Watch, 1>);

impl Watches {
    /// Adds a watch. A container has at most [`WATCHES`], so that telling them takes little.
    ///
    /// # Errors
    /// [`ContainerError::NoBooks`].
    pub fn add(&mut self, watch: Watch) -> Result {
        if self.of(watch.container).count() >= WATCHES {
            return Err(ContainerError::NoBooks);
        }
        self.0.add(watch).map(drop).ok_or(ContainerError::NoBooks)
    }

    /// Removes the watch of a grant for a container, or, without a badge, any of that container.
    pub fn remove(&mut self, container: ContainerId, badge: Option<u32>) -> Option<Watch> {
        let mut watches = self.of(container);
        let found = watches.find(|(_, watch)| badge.is_none_or(|badge| watch.badge == badge));
        let (number, _) = found?;
        drop(watches);
        self.0.remove(number)
    }

    /// Some watch of a container that is told beyond less than `used` bytes; it is not told again.
    pub fn passed(&mut self, container: ContainerId, used: u64) -> Option<Watch> {
        let found = self.of(container).find(|(_, watch)| watch.above < used);
        let (number, watch) = found?;
        self.0.change(number, |watch| watch.above = u64::MAX);
        Some(watch)
    }

    /// The least use that a watch of a container has to be told of; [`u64::MAX`] if there is none.
    #[must_use]
    pub fn least(&self, container: ContainerId) -> u64 {
        let above = self.of(container).map(|(_, watch)| watch.above);
        above.min().unwrap_or(u64::MAX)
    }

    fn of(&self, container: ContainerId) -> impl Iterator<Item = (u16, Watch)> {
        self.0.of(0, container.number())
    }
}

const _: () = assert!(crate::pays(Records::<Watch, 1>::SIZE));
