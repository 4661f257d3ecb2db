// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stand-ins for a server's capabilities, and for those of others.

use super::MockPage;
use super::books::{Books, Made, MockKept};
use crate::{
    Caller, Capabilities, CapabilityAddress, Kept, MESSAGE_BYTES, MapError, NoSlot, Outgoing,
    PassOnError, SavedCaller, SharedError,
};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

/// A server's capabilities on the host. Clones are the same.
#[derive(Clone, Default)]
pub struct MockCapabilities(pub(super) Rc<RefCell<Books>>);

/// A capability for something that is not of the server under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MockObject {
    /// Which object.
    pub number: u64,
    /// With which badge; 0 is none.
    pub badge: u64,
}

impl MockCapabilities {
    /// From now on there are only so many slots.
    pub fn limit_slots(&self, slots: u32) {
        self.0.borrow_mut().slots_left = Some(slots);
    }

    /// How often the kept capabilities were signalled, the oldest first.
    #[must_use]
    pub fn signals(&self) -> Vec<u32> {
        let books = self.0.borrow();
        books.kept.values().map(|kept| kept.signals).collect()
    }

    /// An object ends: the capabilities for it vanish.
    pub fn end(&self, number: u64) {
        let mut books = self.0.borrow_mut();
        let of_it = |object: &MockObject| object.number == number;
        for kept in books.kept.values_mut() {
            kept.gone |= kept.object.as_ref().is_some_and(of_it);
        }
    }

    /// How many capabilities are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.0.borrow().kept.len()
    }

    /// How many callers wait for an answer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.borrow().saved.len()
    }

    /// All callers that wait for an answer end: the server is not told.
    pub fn end_callers(&self) {
        let books = &mut *self.0.borrow_mut();
        books.ended.extend(&books.saved);
    }
}

impl Capabilities for MockCapabilities {
    type Shared = MockPage;

    fn mint(&mut self, badge: u64) -> Result<CapabilityAddress, NoSlot> {
        self.0.borrow_mut().made = Made::Own(badge);
        Ok(CapabilityAddress(badge))
    }

    fn keep(&mut self) -> Result<Kept, NoSlot> {
        let mut books = self.0.borrow_mut();
        books.take_slot()?;
        books.next_kept += 1;
        let number = books.next_kept;
        let kept = MockKept {
            object: books.object.take(),
            ..MockKept::default()
        };
        books.kept.insert(number, kept);
        Ok(Kept(number))
    }

    fn forget(&mut self, kept: Kept) {
        let mut books = self.0.borrow_mut();
        books.kept.remove(&kept.0);
        books.kept_pages.remove(&kept.0);
        books.return_slot();
    }

    fn signal(&mut self, kept: &Kept) {
        if let Some(kept) = self.0.borrow_mut().kept.get_mut(&kept.0) {
            kept.signals += 1;
        }
    }

    fn is_there(&self, kept: &Kept) -> bool {
        let books = self.0.borrow();
        books.kept.get(&kept.0).is_some_and(|kept| !kept.gone)
    }

    fn pass_on(
        &mut self,
        kept: &Kept,
        badge: Option<u64>,
    ) -> Result<CapabilityAddress, PassOnError> {
        let mut books = self.0.borrow_mut();
        let there = books.kept.get(&kept.0).filter(|kept| !kept.gone);
        let mut object = there
            .and_then(|kept| kept.object)
            .ok_or(PassOnError::Gone)?;
        if let Some(badge) = badge {
            if object.badge != 0 {
                return Err(PassOnError::Badged);
            }
            object.badge = badge;
        }
        books.made = Made::Foreign(object);
        Ok(CapabilityAddress(kept.0))
    }

    fn map(&mut self) -> Result<MockPage, MapError> {
        self.0.borrow_mut().page.take().ok_or(MapError::NoPage)
    }

    fn keep_page(&mut self) -> Result<Kept, MapError> {
        let page = self.map()?;
        let kept = self.keep().map_err(|NoSlot| MapError::NoPage)?;
        self.0.borrow_mut().kept_pages.insert(kept.0, page);
        Ok(kept)
    }

    fn lend_page(&mut self, page: &Kept) -> Result<CapabilityAddress, SharedError> {
        let books = &mut *self.0.borrow_mut();
        let kept = books.kept_pages.get(&page.0);
        let page = kept
            .filter(|page| page.is_there())
            .ok_or(SharedError::Gone)?;
        books.made = Made::Page(page.read_only());
        Ok(CapabilityAddress(0))
    }

    fn save_caller(&mut self, caller: Caller) -> Result<SavedCaller, NoSlot> {
        let mut books = self.0.borrow_mut();
        books.take_slot()?;
        let slot = books.calls;
        books.saved.push(slot);
        Ok(SavedCaller { slot, caller })
    }

    fn is_waiting(&self, saved: &SavedCaller) -> bool {
        !self.0.borrow().ended.contains(&saved.slot)
    }

    fn send_answer(
        &mut self,
        saved: SavedCaller,
        outgoing: &Outgoing,
        bytes: &[u8; MESSAGE_BYTES],
    ) {
        let mut books = self.0.borrow_mut();
        books.saved.retain(|slot| *slot != saved.slot);
        books.return_slot();
        if !books.ended.contains(&saved.slot) {
            books.late.insert(saved.slot, (*outgoing, *bytes));
        }
    }
}
