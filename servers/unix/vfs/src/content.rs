// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bytes of a regular file: a sparse map of pages over a piece of the boot archive.
use crate::transfer::Chunk;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use unix_pages::{PAGE_SIZE, PageId, PageStore};

const PAGE: u64 = PAGE_SIZE as u64;

/// What stands in the map for a page.
#[derive(Clone, Copy)]
enum Slot {
    /// A page of the store.
    Page(PageId),
    /// Zeros where the archive has bytes: a hole that was punched there.
    Zero,
}

/// What was given back by a call that frees.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Freed {
    /// Pages of the store.
    pub pages: usize,
    /// Bytes of heap.
    pub heap: usize,
}

/// The contents of a regular file.
#[derive(Default)]
pub(crate) struct Content {
    size: u64,
    slots: BTreeMap<u64, Slot>,
    /// How many slots are pages.
    resident: u64,
    /// The bytes of all pages that have no slot, as far as it reaches; zeros behind it.
    archive: &'static [u8],
    /// Where that begins in the whole archive.
    archive_offset: usize,
    /// How many pages of the archive have no slot.
    archived: u64,
}

/// The contents of one page of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilePage {
    /// A page of the store; no reference is taken for the caller.
    Page(PageId),
    /// Bytes of the boot archive, at most a page of them; the rest of the page is zero.
    Archive {
        /// The bytes.
        bytes: &'static [u8],
        /// Where they begin in the archive.
        offset: usize,
    },
    /// All zero.
    Hole,
    /// Wholly beyond the end of the file: an access through a mapping is SIGBUS.
    BeyondEnd,
}

impl Content {
    /// Heap that a slot counts for: the map's nodes are two thirds full on average.
    pub const SLOT_COST: usize = (size_of::<u64>() + size_of::<Slot>()) * 3 / 2;

    /// Builds the table of pages anew, as small as it can be.
    pub fn compact(&mut self) {
        self.slots = core::mem::take(&mut self.slots).into_iter().collect();
    }

    /// A file whose bytes are in the archive.
    pub fn from_archive(bytes: &'static [u8], offset: usize) -> Self {
        Self {
            size: bytes.len() as u64,
            archive: bytes,
            archive_offset: offset,
            archived: (bytes.len() as u64).div_ceil(PAGE),
            ..Self::default()
        }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// `st_blocks`: what the contents take, in units of 512 bytes.
    pub fn blocks(&self) -> u64 {
        (self.resident + self.archived) * (PAGE / 512)
    }

    fn archive_pages(&self) -> u64 {
        (self.archive.len() as u64).div_ceil(PAGE)
    }

    /// What is at a page, whether within the size or not.
    pub fn at(&self, index: u64) -> FilePage {
        match self.slots.get(&index) {
            Some(Slot::Page(page)) => FilePage::Page(*page),
            Some(Slot::Zero) => FilePage::Hole,
            None if index < self.archive_pages() => {
                let start = (index * PAGE) as usize;
                let end = self.archive.len().min(start + PAGE_SIZE);
                let bytes = &self.archive[start..end];
                FilePage::Archive {
                    bytes,
                    offset: self.archive_offset + start,
                }
            }
            None => FilePage::Hole,
        }
    }

    /// What is at a page, for mapping.
    pub fn for_mapping(&self, index: u64) -> FilePage {
        if index >= self.size.div_ceil(PAGE) {
            FilePage::BeyondEnd
        } else {
            self.at(index)
        }
    }

    /// The piece at an offset within the size, as long as it is in one page and of one kind.
    pub fn chunk(&self, offset: u64, length: usize) -> Chunk<'static> {
        let start = (offset % PAGE) as usize;
        let left = usize::try_from(self.size - offset).unwrap_or(usize::MAX);
        let length = length.min(PAGE_SIZE - start).min(left);
        match self.at(offset / PAGE) {
            FilePage::Page(page) => Chunk::Page {
                page,
                offset: start,
                length,
            },
            FilePage::Archive { bytes, .. } if start < bytes.len() => {
                Chunk::Bytes(&bytes[start..bytes.len().min(start + length)])
            }
            _ => Chunk::Zeros(length),
        }
    }

    /// Puts a page at an index that has none.
    pub fn insert(&mut self, index: u64, page: PageId) {
        if self.slots.insert(index, Slot::Page(page)).is_none() && index < self.archive_pages() {
            self.archived -= 1;
        }
        self.resident += 1;
    }

    /// Whether an index has a slot already, so that putting a page there needs no heap.
    pub fn has_slot(&self, index: u64) -> bool {
        self.slots.contains_key(&index)
    }

    /// How many of the pages from `first` to before `end` are in the store.
    pub fn resident_in(&self, first: u64, end: u64) -> u64 {
        self.slots
            .range(first..end)
            .filter(|(_, slot)| matches!(slot, Slot::Page(_)))
            .count() as u64
    }

    /// Takes the page at an index out again that was just put there.
    pub fn remove<S: PageStore + ?Sized>(&mut self, store: &mut S, index: u64) -> Freed {
        let mut freed = Freed::default();
        if let Some(slot) = self.slots.remove(&index) {
            self.drop_slot(store, slot, &mut freed);
            if index < self.archive_pages() {
                self.archived += 1;
            }
        }
        freed
    }

    /// The pages of the store, each with its index.
    pub fn pages(&self) -> impl Iterator<Item = (u64, PageId)> + '_ {
        self.slots.iter().filter_map(|(index, slot)| match slot {
            Slot::Page(page) => Some((*index, *page)),
            Slot::Zero => None,
        })
    }

    /// Replaces a page by another; the old one, if there is one there.
    pub fn exchange(&mut self, index: u64, page: PageId) -> Option<PageId> {
        match self.slots.get_mut(&index)? {
            Slot::Page(old) => Some(core::mem::replace(old, page)),
            Slot::Zero => None,
        }
    }

    /// Gives up the pages that nobody else holds and that say what the archive says.
    pub fn drop_clean<S: PageStore + ?Sized>(&mut self, store: &mut S) -> Freed {
        let clean = |(index, slot): (&u64, &Slot)| {
            let Slot::Page(page) = slot else { return None };
            let start = (*index * PAGE) as usize;
            let end = self.archive.len().min(start + PAGE_SIZE);
            let (bytes, behind) = store.bytes(*page).split_at(end - start);
            let same = bytes == &self.archive[start..end] && behind.iter().all(|byte| *byte == 0);
            (same && store.references(*page) == 1).then_some(*index)
        };
        let clean: Vec<u64> = self
            .slots
            .range(..self.archive_pages())
            .filter_map(clean)
            .collect();
        let mut freed = Freed::default();
        for index in clean {
            let page = self.remove(store, index);
            freed.pages += page.pages;
            freed.heap += page.heap;
        }
        freed
    }

    fn drop_slot<S: PageStore + ?Sized>(&mut self, store: &mut S, slot: Slot, freed: &mut Freed) {
        freed.heap += Self::SLOT_COST;
        if let Slot::Page(page) = slot {
            store.release(page);
            freed.pages += 1;
            self.resident -= 1;
        }
    }

    /// Makes the file longer or shorter. What is cut off reads as zero when it grows again.
    pub fn set_size<S: PageStore + ?Sized>(&mut self, store: &mut S, size: u64) -> Freed {
        let mut freed = Freed::default();
        // Through a mapping, bytes behind the end can have been written; they must not come up.
        let end = self.size.min(size);
        self.zero_to_page_end(store, end);
        // Pages beyond the old end can exist as well (fallocate(2), FALLOC_FL_KEEP_SIZE).
        if size <= self.size {
            for (_, slot) in self.slots.split_off(&size.div_ceil(PAGE)) {
                self.drop_slot(store, slot, &mut freed);
            }
            let kept = usize::try_from(size).unwrap_or(usize::MAX);
            if kept < self.archive.len() {
                self.archive = &self.archive[..kept];
                let slots = self.slots.range(..self.archive_pages()).count() as u64;
                self.archived = self.archive_pages() - slots;
            }
        }
        self.size = size;
        freed
    }

    /// Before a write that begins behind the end: what a mapping left there must not come up.
    pub fn prepare_gap<S: PageStore + ?Sized>(&self, store: &mut S, write_at: u64) {
        if write_at > self.size {
            self.zero_to_page_end(store, self.size);
        }
    }

    /// The size after a write that ended at `end`.
    pub fn grow_to(&mut self, end: u64) {
        self.size = self.size.max(end);
    }

    fn zero_to_page_end<S: PageStore + ?Sized>(&self, store: &mut S, from: u64) {
        let start = (from % PAGE) as usize;
        if start != 0
            && let Some(Slot::Page(page)) = self.slots.get(&(from / PAGE))
        {
            store.bytes_mut(*page)[start..].fill(0);
        }
    }

    /// Whether the pages from `first` to before `end` can be punched without new slots, and how
    /// many slots are needed otherwise.
    pub fn slots_to_punch(&self, first: u64, end: u64) -> u64 {
        let end = end.min(self.archive_pages());
        if first >= end {
            0
        } else {
            end - first - self.slots.range(first..end).count() as u64
        }
    }

    /// Makes whole pages, from `first` to before `end`, read as zero, and gives their memory back.
    /// The heap for [`Content::slots_to_punch`] slots has to be counted by the caller.
    pub fn punch<S: PageStore + ?Sized>(&mut self, store: &mut S, first: u64, end: u64) -> Freed {
        let mut freed = Freed::default();
        let is_page = |entry: (&u64, &Slot)| matches!(entry.1, Slot::Page(_)).then_some(*entry.0);
        let indices: Vec<u64> = self.slots.range(first..end).filter_map(is_page).collect();
        for index in indices {
            if index < self.archive_pages() {
                if let Some(slot) = self.slots.insert(index, Slot::Zero) {
                    self.drop_slot(store, slot, &mut freed);
                    freed.heap -= Self::SLOT_COST;
                }
            } else if let Some(slot) = self.slots.remove(&index) {
                self.drop_slot(store, slot, &mut freed);
            }
        }
        for index in first..end.min(self.archive_pages()) {
            if self.slots.insert(index, Slot::Zero).is_none() {
                self.archived -= 1;
            }
        }
        freed
    }

    /// Everything goes.
    pub fn clear<S: PageStore + ?Sized>(&mut self, store: &mut S) -> Freed {
        self.set_size(store, 0)
    }

    /// The first offset from `from` on that is data, if there is one within the size.
    pub fn next_data(&self, from: u64) -> Option<u64> {
        let mut index = from / PAGE;
        let last = self.size.div_ceil(PAGE);
        while index < last {
            match self.at(index) {
                FilePage::Page(_) | FilePage::Archive { .. } => {
                    return Some(from.max(index * PAGE));
                }
                // Punched holes in the archive stand one by one; behind it only pages do.
                _ if index < self.archive_pages() => index += 1,
                _ => {
                    let (&next, _) = self.slots.range(index..).next()?;
                    index = next;
                }
            }
        }
        None
    }

    /// The first offset from `from` on that is a hole; the end of the file counts as one.
    pub fn next_hole(&self, from: u64) -> u64 {
        let mut index = from / PAGE;
        while index * PAGE < self.size {
            if matches!(self.at(index), FilePage::Hole | FilePage::BeyondEnd) {
                return from.max(index * PAGE);
            }
            index += 1;
        }
        self.size
    }
}
