// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a server's capabilities on the host remember: those that were made and kept, and callers.

use super::{MockObject, MockPage};
use crate::{MESSAGE_BYTES, NoSlot, Outgoing};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// The last capability that was made to go back with a reply.
#[derive(Clone)]
pub(super) enum Made {
    /// The server's own, with that badge.
    Own(u64),
    /// A page of its.
    Page(MockPage),
    /// Passed on.
    Foreign(MockObject),
}

impl Default for Made {
    fn default() -> Self {
        Self::Own(0)
    }
}

/// A capability that was kept.
#[derive(Default)]
pub(super) struct MockKept {
    /// What it is, if the test said so.
    pub(super) object: Option<MockObject>,
    /// The object has ended.
    pub(super) gone: bool,
    /// How often it was signalled.
    pub(super) signals: u32,
}

#[derive(Default)]
pub(super) struct Books {
    /// The last capability that was made.
    pub(super) made: Made,
    /// Calls so far: the number of the present one.
    pub(super) calls: u64,
    /// Kept capabilities that were not forgotten.
    pub(super) kept: BTreeMap<u64, MockKept>,
    pub(super) next_kept: u64,
    /// Kept capabilities that are pages.
    pub(super) kept_pages: BTreeMap<u64, MockPage>,
    /// Callers that were saved and not answered.
    pub(super) saved: Vec<u64>,
    /// Those of them that have ended.
    pub(super) ended: Vec<u64>,
    /// Answers that came later, by call.
    pub(super) late: BTreeMap<u64, (Outgoing, [u8; MESSAGE_BYTES])>,
    /// How many more slots there are; unlimited if nothing was said.
    pub(super) slots_left: Option<u32>,
    /// The page that came with the present message.
    pub(super) page: Option<MockPage>,
    /// The object whose capability came with the present message.
    pub(super) object: Option<MockObject>,
}

impl Books {
    pub(super) fn take_slot(&mut self) -> Result<(), NoSlot> {
        match &mut self.slots_left {
            Some(0) => Err(NoSlot),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn return_slot(&mut self) {
        if let Some(left) = &mut self.slots_left {
            *left += 1;
        }
    }
}
