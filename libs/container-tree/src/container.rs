// SPDX-License-Identifier: MIT OR Apache-2.0
//! The record of a container.
use crate::{Amount, MAX_BITS, MIN_BITS, Name, Schedule};

/// Names a container while it exists; afterwards the number is given to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerId(pub(crate) u16);

impl ContainerId {
    /// The container that owns the boot untypeds.
    pub const ROOT: Self = Self(0);

    /// As a number, for messages: 0 is the root container.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The container of that number, to be looked up: it need not exist.
    #[must_use]
    pub const fn from_number(number: u16) -> Self {
        Self(number)
    }
}

/// What can be known about a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its name.
    pub name: Name,
    /// How many containers are above it.
    pub depth: u8,
    /// Its own limit.
    pub limit: Amount,
    /// What is set aside for it.
    pub guaranteed: Amount,
    /// What it and its descendants use; a descendant with a guarantee counts with that at least.
    pub used: Amount,
    /// What was allocated from it directly.
    pub own: Amount,
    /// How much more can be allocated from it before a limit is reached: its own or an ancestor's.
    pub left: Amount,
    /// Bytes of the chunks that back it.
    pub held: u64,
    /// Containers derived from it directly.
    pub children: u16,
    /// Processes converted from its memory.
    pub processes: u16,
    /// Since when it exists, as [`crate::Tree::set_since`] was told.
    pub since: u64,
}

/// Where a container is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Vacant,
    Living,
    /// It ends, and what it has passes to its parent ([`crate::Tree::begin_dissolve`]).
    Dissolving,
    Dying,
}

/// Number of size classes of free blocks.
pub(crate) const CLASSES: usize = (MAX_BITS - MIN_BITS) as usize + 1;

/// No container: the end of a list of siblings, or the root's parent.
pub(crate) const NOBODY: u16 = u16::MAX;

/// One container.
pub(crate) struct Container {
    pub(crate) life: Life,
    pub(crate) name: Name,
    /// The use in bytes beyond which somebody wants to be told, and whether it was passed.
    pub(crate) alarm: u64,
    pub(crate) alarmed: bool,
    pub(crate) schedule: Schedule,
    pub(crate) parent: u16,
    pub(crate) first_child: u16,
    /// Of a vacant record: the next vacant one.
    pub(crate) next_sibling: u16,
    pub(crate) previous_sibling: u16,
    pub(crate) children: u16,
    pub(crate) processes: u16,
    pub(crate) since: u64,
    pub(crate) limit: Amount,
    pub(crate) guaranteed: Amount,
    pub(crate) used: Amount,
    pub(crate) own: Amount,
    pub(crate) held: u64,
    /// Head of the list of its chunks; 0 if none.
    pub(crate) chunks: u32,
    /// Heads of its lists of free blocks, one for each size class; 0 if none.
    pub(crate) free: [u32; CLASSES],
    /// Which of them are not empty: bit `n` for class `n`.
    pub(crate) free_classes: u64,
}

impl Container {
    pub(crate) const fn new(name: Name, parent: u16) -> Self {
        Self {
            life: Life::Living,
            name,
            alarm: u64::MAX,
            alarmed: false,
            schedule: crate::schedule::ROOT,
            parent,
            first_child: NOBODY,
            next_sibling: NOBODY,
            previous_sibling: NOBODY,
            children: 0,
            processes: 0,
            since: 0,
            limit: Amount::ZERO,
            guaranteed: Amount::ZERO,
            used: Amount::ZERO,
            own: Amount::ZERO,
            held: 0,
            chunks: 0,
            free: [0; CLASSES],
            free_classes: 0,
        }
    }

    /// Notes that the use passed what somebody wants to be told of; whether it did just now.
    pub(crate) fn note_alarm(&mut self) -> bool {
        let passed = self.used.bytes > self.alarm && !self.alarmed;
        self.alarmed |= passed;
        passed
    }

    /// What the parent accounts for it: what it uses, but at least what is set aside for it.
    pub(crate) fn charge(&self) -> Amount {
        self.used.max(self.guaranteed)
    }
}

const _: () = assert!(
    size_of::<Container>() <= crate::BYTES_PER_SLOT * crate::CONTAINER_SLOTS as usize,
    "a container's record is larger than what is charged for it"
);
