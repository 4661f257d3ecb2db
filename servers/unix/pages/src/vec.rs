// SPDX-License-Identifier: MIT OR Apache-2.0
//! A page store in ordinary memory, for tests on the host.
use crate::{OutOfMemory, PAGE_SIZE, PageId, PageStore};
use alloc::{boxed::Box, collections::BTreeSet, vec::Vec};

struct Slot {
    references: u32,
    bytes: Box<[u8; PAGE_SIZE]>,
}

/// Pages in a vector, at most as many as the limit says.
pub struct VecPages {
    slots: Vec<Slot>,
    /// The lowest is given out first, as the server's store does.
    free: BTreeSet<u32>,
    limit: usize,
}

impl VecPages {
    /// A store of at most `limit` pages.
    pub fn new(limit: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: BTreeSet::new(),
            limit,
        }
    }

    fn slot(&self, page: PageId) -> &Slot {
        let slot = &self.slots[page.0 as usize];
        assert!(
            slot.references > 0,
            "use of a page that was freed: {page:?}"
        );
        slot
    }
}

impl PageStore for VecPages {
    fn allocate(&mut self) -> Result<PageId, OutOfMemory> {
        if let Some(index) = self.free.pop_first() {
            let slot = &mut self.slots[index as usize];
            slot.references = 1;
            slot.bytes.fill(0);
            return Ok(PageId(index));
        }
        if self.slots.len() >= self.limit {
            return Err(OutOfMemory);
        }
        self.slots.push(Slot {
            references: 1,
            bytes: Box::new([0; PAGE_SIZE]),
        });
        Ok(PageId(self.slots.len() as u32 - 1))
    }

    fn share(&mut self, page: PageId) {
        self.slot(page);
        self.slots[page.0 as usize].references += 1;
    }

    fn release(&mut self, page: PageId) {
        self.slot(page);
        let slot = &mut self.slots[page.0 as usize];
        slot.references -= 1;
        if slot.references == 0 {
            self.free.insert(page.0);
        }
    }

    fn references(&self, page: PageId) -> u32 {
        self.slots[page.0 as usize].references
    }

    fn bytes(&self, page: PageId) -> &[u8; PAGE_SIZE] {
        &self.slot(page).bytes
    }

    fn bytes_mut(&mut self, page: PageId) -> &mut [u8; PAGE_SIZE] {
        self.slot(page);
        &mut self.slots[page.0 as usize].bytes
    }

    fn duplicate(&mut self, page: PageId) -> Result<PageId, OutOfMemory> {
        let bytes = *self.bytes(page);
        let copy = self.allocate()?;
        *self.bytes_mut(copy) = bytes;
        Ok(copy)
    }

    fn available(&self) -> usize {
        self.limit - self.used()
    }

    fn used(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}
