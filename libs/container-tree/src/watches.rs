// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who wants to be told of what happens to a container.
use crate::records::Records;
use crate::{ContainerError, ContainerId, Result, Slot};

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

/// All watches, by container.
pub struct Watches(Records<Watch, 1>);

impl Watches {
    /// No watches.
    #[must_use]
    pub const fn new() -> Self {
        Self(Records::new())
    }

    /// Adds a watch. A container has at most [`WATCHES`], so that telling them takes little.
    ///
    /// # Errors
    /// [`ContainerError::NoBooks`].
    pub fn add(&mut self, watch: Watch) -> Result<()> {
        let of = watch.container.number();
        if self.0.of(0, of).count() >= WATCHES {
            return Err(ContainerError::NoBooks);
        }
        self.0.add(watch, [of]).map(drop)
    }

    /// Removes the watch of a grant for a container, or, without a badge, any of that container.
    pub fn remove(&mut self, container: ContainerId, badge: Option<u32>) -> Option<Watch> {
        let wanted = |watch: &Watch| badge.is_none_or(|badge| watch.badge == badge);
        let number = self.find(container, wanted)?;
        let watch = *self.0.get(number)?;
        self.0.remove(number, [container.number()]);
        Some(watch)
    }

    /// Some watch of a container that is told beyond less than `used` bytes; it is not told again.
    pub fn passed(&mut self, container: ContainerId, used: u64) -> Option<Watch> {
        let number = self.find(container, |watch| watch.above < used)?;
        let watch = self.0.get_mut(number)?;
        watch.above = u64::MAX;
        Some(*watch)
    }

    /// The least use that a watch of a container has to be told of; [`u64::MAX`] if there is none.
    #[must_use]
    pub fn least(&self, container: ContainerId) -> u64 {
        let watches = self.0.of(0, container.number());
        let above = watches.filter_map(|number| Some(self.0.get(number)?.above));
        above.min().unwrap_or(u64::MAX)
    }

    fn find(&self, container: ContainerId, wanted: impl Fn(&Watch) -> bool) -> Option<u16> {
        let mut watches = self.0.of(0, container.number());
        watches.find(|number| self.0.get(*number).is_some_and(&wanted))
    }
}

impl Default for Watches {
    fn default() -> Self {
        Self::new()
    }
}

// A watch has a pair of slots, whose own record takes 80 bytes of what is charged for them.
const _: () = assert!(Records::<Watch, 1>::SIZE + 80 <= crate::BYTES_PER_SLOT * 2);
