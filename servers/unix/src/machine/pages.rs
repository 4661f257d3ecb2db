// SPDX-License-Identifier: MIT OR Apache-2.0
//! The world's pages: frames of its container, always mapped in the world, counted here.
use super::SeL4Machine;
use croft_server::left;
use unix_pages::{OutOfMemory, PAGE_SIZE, PageId, PageStore};

impl SeL4Machine {
    fn take(&mut self) -> Result<(PageId, bool), OutOfMemory> {
        let allocated = self.pool.allocate().map_err(|error| {
            log::debug!("{error}");
            OutOfMemory
        })?;
        Ok((PageId(allocated.index), allocated.zero))
    }
}

impl PageStore for SeL4Machine {
    fn allocate(&mut self) -> Result<PageId, OutOfMemory> {
        let (page, zero) = self.take()?;
        if !zero {
            self.pool.bytes_mut(page.0).fill(0);
        }
        Ok(page)
    }

    fn share(&mut self, page: PageId) {
        self.pool.share(page.0);
    }

    fn release(&mut self, page: PageId) {
        self.pool.give_back(page.0);
    }

    fn references(&self, page: PageId) -> u32 {
        self.pool.references(page.0)
    }

    fn bytes(&self, page: PageId) -> &[u8; PAGE_SIZE] {
        self.pool.bytes(page.0)
    }

    fn bytes_mut(&mut self, page: PageId) -> &mut [u8; PAGE_SIZE] {
        self.pool.bytes_mut(page.0)
    }

    fn duplicate(&mut self, page: PageId) -> Result<PageId, OutOfMemory> {
        let (copy, _) = self.take()?;
        self.copy(page, 0, copy, 0, PAGE_SIZE);
        Ok(copy)
    }

    fn available(&self) -> usize {
        let left = left().bytes.saturating_sub(self.reserves.pages.bytes);
        self.pool.free() + left as usize / PAGE_SIZE
    }

    fn available_for_files(&self) -> usize {
        let kept = self.reserves.files.bytes - self.reserves.pages.bytes;
        self.available().saturating_sub(kept as usize / PAGE_SIZE)
    }

    fn has_room_for_files(&self) -> bool {
        let kept = self.reserves.files;
        let free = (self.pool.free() * PAGE_SIZE) as u64;
        self.pool.last_left().covers(kept) || free >= kept.bytes - self.reserves.pages.bytes
    }

    fn used(&self) -> usize {
        self.pool.used()
    }
}
