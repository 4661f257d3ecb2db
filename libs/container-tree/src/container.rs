// SPDX-License-Identifier: MIT OR Apache-2.0
//! The record of a container.
use crate::free::FreeLists;
use crate::{Amount, Entry, Name, Schedule};
use croft_tables::Links;

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

/// Where a container is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Vacant,
    Living,
    /// It ends, and what it has passes to its parent ([`crate::Tree::begin_dissolve`]).
    Dissolving,
    Dying,
}

/// One container. Wherever a list of containers ends, 0 stands for none: the root container is in no list.
pub(crate) struct Container {
    pub(crate) life: Life,
    /// What is known about it, but for what depends on its ancestors; its age as [`crate::Tree::info`] has it.
    pub(crate) info: Entry,
    /// Bytes of the chunks that back it.
    pub(crate) held: u64,
    /// The use in bytes beyond which somebody wants to be told.
    pub(crate) alarm: u64,
    pub(crate) schedule: Schedule,
    /// The root container's is itself.
    pub(crate) parent: u16,
    pub(crate) first_child: u32,
    /// Neighbours in the list of its parent's children, or of vacant records.
    pub(crate) siblings: Links,
    /// Head of the list of its chunks; 0 if none.
    pub(crate) chunks: u32,
    pub(crate) free: FreeLists,
    /// Which child asked for a chunk last on its way up, and for log2 of how many bytes.
    pub(crate) asked: (u16, u8),
}

impl Container {
    pub(crate) fn new(parent: u16, name: Name, limit: Amount, schedule: Schedule) -> Self {
        Self {
            life: Life::Living,
            info: Entry {
                name,
                limit,
                ..Entry::default()
            },
            held: 0,
            alarm: u64::MAX,
            schedule,
            parent,
            first_child: 0,
            siblings: Links::default(),
            chunks: 0,
            free: FreeLists::EMPTY,
            asked: (0, 0),
        }
    }

    pub(crate) const fn siblings(&mut self) -> &mut Links {
        &mut self.siblings
    }

    /// What the parent accounts for it: what it uses, but at least what is set aside for it.
    pub(crate) fn charge(&self) -> Amount {
        self.info.used.max(self.info.guaranteed)
    }
}

const _: () = assert!(
    size_of::<Container>() <= crate::BYTES_PER_SLOT * crate::CONTAINER_SLOTS as usize,
    "a container's record is larger than what is charged for it"
);
