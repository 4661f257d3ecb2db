// SPDX-License-Identifier: MIT OR Apache-2.0
//! The world's pages: frames of its container, always mapped in the world, counted here.
use super::SeL4Machine;
use unix_pages::{OutOfMemory, PAGE_SIZE, PageId, PageStore};

impl SeL4Machine {
    fn take(&mut self) -> Result<(PageId, bool), OutOfMemory> {
        let allocated = self.pool.allocate().map_err(|error| {
            log::debug!("{error}");
            OutOfMemory
        })?;
        let index = allocated.index as usize;
        if self.references.len() <= index {
            self.references.resize(index + 1, 0);
        }
        self.references[index] = 1;
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
        self.references[page.0 as usize] += 1;
    }

    fn release(&mut self, page: PageId) {
        let count = &mut self.references[page.0 as usize];
        *count -= 1;
        if *count == 0 {
            self.pool.give_back(page.0);
        }
    }

    fn references(&self, page: PageId) -> u32 {
        self.references[page.0 as usize]
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
        let left = self.container.usage().map_or(0, |usage| usage.left.bytes);
        self.pool.free() + left as usize / PAGE_SIZE
    }

    fn used(&self) -> usize {
        self.pool.used()
    }
}
