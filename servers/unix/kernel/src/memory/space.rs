// SPDX-License-Identifier: MIT OR Apache-2.0
//! The address space of a program: its regions and the pages that are there.
use super::code::Code;
use super::region::{Backing, Protection, Purpose, Region};
use crate::machine::{Access, Mapping, ProcessHandle};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::mem::take;
use unix_pages::{PAGE_SIZE, PageId};

/// The lowest address that a program may map (Linux's vm.mmap_min_addr).
pub const LOWEST: usize = 0x1_0000;
/// The first address above the programs. addresses.
pub const HIGHEST: usize = unix_gate::address::USER_END;

/// A page that is there.
#[derive(Clone, Copy, Debug)]
pub struct Resident {
    /// The page; the address space holds one reference.
    pub page: PageId,
    /// Where the hardware sees it, if it does now.
    pub mapping: Option<Mapping>,
    /// What that mapping allows.
    pub access: Access,
    /// It has been through the rewriter and nobody has stored into it since.
    pub code: bool,
}

/// How many regions one address space may have (Linux's vm.max_map_count).
pub const MOST_REGIONS: usize = 65_530;

/// An address space.
#[derive(Debug)]
pub struct Space {
    /// The process of the machine whose address space this is.
    pub handle: ProcessHandle,
    /// How many processes run in it (2 between vfork and exec).
    pub users: u32,
    /// Its owner has gone, only its guests are left.
    pub owner_gone: bool,
    /// Regions by their start.
    pub regions: BTreeMap<usize, Region>,
    /// Pages that are there, by page number (address / [`PAGE_SIZE`]).
    pub resident: BTreeMap<usize, Resident>,
    /// The code that was executed here.
    pub code: Vec<Rc<Code>>,
    /// Where the heap starts.
    pub break_start: usize,
    /// The current program break.
    pub break_end: usize,
    /// Below this, mmap looks for room from the top down.
    pub mmap_top: usize,
    /// Where the arguments lie: start and end of argv's and of envp's strings.
    pub argument_range: (usize, usize),
    /// Where the environment's strings lie.
    pub environment_range: (usize, usize),
}

/// What a change of the regions leaves to be released.
#[derive(Default)]
pub struct Removed {
    /// Regions, or parts of them, that are gone.
    pub regions: Vec<Region>,
    /// Pages that are gone, with their mapping.
    pub pages: Vec<Resident>,
}

impl Space {
    /// Builds the tables anew, as small as they can be.
    pub fn compact(&mut self) {
        self.regions = take(&mut self.regions).into_iter().collect();
        self.resident = take(&mut self.resident).into_iter().collect();
        self.code = self.code.clone();
    }

    /// An empty address space in the process `handle`.
    pub fn new(handle: ProcessHandle) -> Self {
        Space {
            handle,
            users: 1,
            owner_gone: false,
            regions: BTreeMap::new(),
            resident: BTreeMap::new(),
            code: Vec::new(),
            break_start: 0,
            break_end: 0,
            mmap_top: HIGHEST,
            argument_range: (0, 0),
            environment_range: (0, 0),
        }
    }

    /// The region that holds `address`.
    pub fn region_at(&self, address: usize) -> Option<&Region> {
        let (_, region) = self.regions.range(..=address).next_back()?;
        (address < region.end).then_some(region)
    }

    /// Are `[start, end)` addresses that a program can have, in whole pages?
    pub fn is_valid_range(start: usize, end: usize) -> bool {
        start < end
            && start >= LOWEST
            && end <= HIGHEST
            && start.is_multiple_of(PAGE_SIZE)
            && end.is_multiple_of(PAGE_SIZE)
    }

    /// The regions that overlap `[start, end)`.
    pub fn overlapping(&self, start: usize, end: usize) -> impl Iterator<Item = &Region> {
        let first = self.region_at(start).map_or(start, |region| region.start);
        self.regions.range(first..end).map(|(_, region)| region)
    }

    /// Makes `address` a border between regions.
    pub fn split_at(&mut self, address: usize) {
        let Some((_, region)) = self.regions.range_mut(..address).next_back() else {
            return;
        };
        if address < region.end {
            let rest = region.split_off(address);
            self.regions.insert(address, rest);
        }
    }

    /// Adds a region where nothing is, joining it with its neighbours where they go on in the same way.
    pub fn insert(&mut self, mut region: Region) {
        if let Some((_, before)) = self.regions.range(..region.start).next_back()
            && before.continues_with(&region)
        {
            let start = before.start;
            if let Some(mut joined) = self.regions.remove(&start) {
                joined.end = region.end;
                region = joined;
            }
        }
        if let Some(after) = self.regions.get(&region.end)
            && region.continues_with(after)
        {
            let start = region.end;
            if let Some(after) = self.regions.remove(&start) {
                region.end = after.end;
            }
        }
        self.regions.insert(region.start, region);
    }

    /// Takes everything out of `[start, end)`.
    pub fn remove(&mut self, start: usize, end: usize) -> Removed {
        self.split_at(start);
        self.split_at(end);
        let starts: Vec<usize> = self
            .regions
            .range(start..end)
            .map(|(start, _)| *start)
            .collect();
        let mut removed = Removed::default();
        for start in starts {
            removed.regions.extend(self.regions.remove(&start));
        }
        removed.pages = self.take_pages(start, end);
        removed
    }

    /// Takes the pages of `[start, end)` out, not the regions.
    pub fn take_pages(&mut self, start: usize, end: usize) -> Vec<Resident> {
        let numbers: Vec<usize> = self
            .resident
            .range(start / PAGE_SIZE..end / PAGE_SIZE)
            .map(|(number, _)| *number)
            .collect();
        numbers
            .iter()
            .filter_map(|number| self.resident.remove(number))
            .collect()
    }

    /// Room for `length` bytes: at `hint` if it is free there, else the highest gap below
    /// [`Space::mmap_top`].
    pub fn find_room(&self, hint: usize, length: usize) -> Option<usize> {
        if hint != 0
            && let Some(end) = hint.checked_add(length)
            && Self::is_valid_range(hint, end)
            && self.overlapping(hint, end).next().is_none()
        {
            return Some(hint);
        }
        let mut top = self.mmap_top;
        for region in self.regions.values().rev() {
            if region.start >= top {
                continue;
            }
            if top.saturating_sub(region.end) >= length {
                break;
            }
            top = region.start;
        }
        let start = top.checked_sub(length)?;
        let below = self
            .regions
            .range(..top)
            .next_back()
            .map_or(LOWEST, |(_, region)| region.end);
        (start >= below.max(LOWEST)).then_some(start)
    }

    /// Is every byte of `[start, end)` in some region?
    pub fn is_covered(&self, start: usize, end: usize) -> bool {
        let mut at = start;
        while at < end {
            match self.region_at(at) {
                Some(region) => at = region.end,
                None => return false,
            }
        }
        true
    }

    /// Does `[start, end)` touch what belongs to the gate?
    pub fn touches_gate(&self, start: usize, end: usize) -> bool {
        self.overlapping(start, end)
            .any(|region| region.purpose == Purpose::Gate)
    }

    /// Bytes of private memory that could be written: what counts against the reserve.
    pub fn committed(&self) -> usize {
        self.regions
            .values()
            .filter(|region| {
                matches!(region.backing, Backing::Anonymous)
                    && region.purpose != Purpose::Stack
                    && region.protection.contains(Protection::WRITE)
            })
            .map(Region::length)
            .sum()
    }

    /// Bytes in all regions.
    pub fn size(&self) -> usize {
        self.regions.values().map(Region::length).sum()
    }
}
