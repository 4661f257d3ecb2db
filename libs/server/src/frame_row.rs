// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frames that come by messages, one after the other, until they are a file or a program for a child.

use crate::memory::{self, Memory};
use crate::{NoSlots, PAGE};
use croft_ipc::ReceiveSlot;
use croft_process::parent::Frames;

/// So many consecutive slots of the process' CNode for frames of another process. When it is dropped, whatever is in them is
/// deleted and the slots are free again. Who pays for the frames can take them away at any time: then the slots are empty.
#[derive(Debug)]
pub struct FrameRow {
    first: u64,
    length: u64,
}

impl FrameRow {
    /// Empty slots for `length` bytes.
    ///
    /// # Errors
    /// [`NoSlots`].
    pub fn new(length: u64) -> Result<Self, NoSlots> {
        let pages = length.div_ceil(PAGE as u64);
        let first = memory::with(|memory| memory.slots.allocate_row(pages))?;
        Ok(Self { first, length })
    }

    /// How many there are.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.length.div_ceil(PAGE as u64)
    }

    /// The slot for the frame of that page.
    ///
    /// # Panics
    /// Behind the last one.
    #[must_use]
    pub fn slot(&self, page: u64) -> ReceiveSlot {
        assert!(page < self.pages(), "page {page} of {}", self.pages());
        Memory::absolute(self.first + page).into()
    }

    /// All of them, to give them to a child.
    #[must_use]
    pub const fn frames(&self) -> Frames {
        Frames {
            first_slot: self.first,
            length: self.length,
        }
    }
}

impl Drop for FrameRow {
    fn drop(&mut self) {
        for slot in self.first..self.first + self.pages() {
            // Deleting what is in an own slot does not fail.
            let _ = Memory::absolute(slot).delete();
        }
        memory::with(|memory| memory.slots.free(self.first, self.pages()));
    }
}
