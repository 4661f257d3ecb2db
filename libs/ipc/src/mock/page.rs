// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages of shared memory, as bytes that both sides hold.

use crate::{SharedError, SharedMemory};
use alloc::rc::Rc;
use core::cell::RefCell;

/// A page that client and server share. Clones are the same page.
#[derive(Clone)]
pub struct MockPage {
    bytes: Rc<RefCell<Option<[u8; MockPage::LENGTH]>>>,
    writable: bool,
}

impl Default for MockPage {
    fn default() -> Self {
        Self {
            bytes: Rc::new(RefCell::new(Some([0; Self::LENGTH]))),
            writable: true,
        }
    }
}

impl MockPage {
    /// Bytes.
    pub const LENGTH: usize = 4096;

    /// Its owner takes it back.
    pub fn take_back(&self) {
        *self.bytes.borrow_mut() = None;
    }

    /// The same page, only to be read.
    #[must_use]
    pub fn read_only(&self) -> Self {
        Self {
            bytes: Rc::clone(&self.bytes),
            writable: false,
        }
    }

    pub(super) fn is_there(&self) -> bool {
        self.bytes.borrow().is_some()
    }

    fn with<R>(
        &self,
        at: usize,
        length: usize,
        f: impl FnOnce(&mut [u8]) -> R,
    ) -> Result<R, SharedError> {
        let mut page = self.bytes.borrow_mut();
        let bytes = page.as_mut().ok_or(SharedError::Gone)?;
        let end = at.checked_add(length).ok_or(SharedError::OutOfRange)?;
        bytes.get_mut(at..end).map(f).ok_or(SharedError::OutOfRange)
    }
}

impl SharedMemory for MockPage {
    fn length(&self) -> usize {
        Self::LENGTH
    }

    fn read(&self, at: usize, into: &mut [u8]) -> Result<(), SharedError> {
        self.with(at, into.len(), |bytes| into.copy_from_slice(bytes))
    }

    fn write(&self, at: usize, from: &[u8]) -> Result<(), SharedError> {
        if !self.writable {
            return Err(SharedError::Gone);
        }
        self.with(at, from.len(), |bytes| bytes.copy_from_slice(from))
    }
}
