// SPDX-License-Identifier: MIT OR Apache-2.0
//! The copy of an address space that fork makes: all regions, all private pages shared until the
//! first store.
use super::{Backing, Purpose, Region, Resident, Space};
use crate::World;
use crate::machine::{Access, Machine, ProcessHandle};
use alloc::rc::Rc;
use alloc::vec::Vec;
use unix_pages::{OutOfMemory, PAGE_SIZE, PageId};
use unix_vfs::InodeId;

impl<M: Machine> World<M> {
    /// Makes the child's address space. Pages that come out of a file and were not changed are left
    /// for the child to fetch; the page of the gate's context is the child's own at once.
    pub(crate) fn fork_space(
        &mut self,
        parent: usize,
        handle: ProcessHandle,
    ) -> Result<usize, OutOfMemory> {
        let from = &self.spaces[parent];
        let mut child = Space::new(handle);
        child.regions = from.regions.clone();
        child.code = from.code.clone();
        let fixed = from
            .regions
            .values()
            .filter_map(|region| match region.backing {
                Backing::Fixed(page) => Some(page),
                _ => None,
            });
        let fixed: Vec<PageId> = fixed.collect();
        child.break_start = from.break_start;
        child.break_end = from.break_end;
        child.mmap_top = from.mmap_top;
        child.argument_range = from.argument_range;
        child.environment_range = from.environment_range;
        let numbers: Vec<usize> = from.resident.keys().copied().collect();
        fixed.into_iter().for_each(|page| self.machine.share(page));
        let child = self.spaces.insert(child);
        self.most_spaces = self.most_spaces.max(self.spaces.len());
        for number in numbers {
            if let Err(error) = self.fork_page(parent, child, number) {
                self.discard_space(child);
                return Err(error);
            }
        }
        Ok(child)
    }

    fn fork_page(&mut self, parent: usize, child: usize, number: usize) -> Result<(), OutOfMemory> {
        let Some(region) = self.spaces[parent].region_at(number * PAGE_SIZE) else {
            return Ok(());
        };
        let (shared, purpose) = (region.is_shared(), region.purpose);
        // What a touch of the child's brings back by itself.
        if matches!(region.backing, Backing::Fixed(_)) || shared {
            return Ok(());
        }
        let Some(resident) = self.spaces[parent].resident.get(&number).copied() else {
            return Ok(());
        };
        let page = if purpose == Purpose::Gate {
            self.machine.duplicate(resident.page)?
        } else {
            self.machine.share(resident.page);
            resident.page
        };
        let copy = Resident {
            page,
            mapping: None,
            access: Access::READ,
            code: resident.code,
        };
        self.spaces[child].resident.insert(number, copy);
        if purpose != Purpose::Gate && resident.access.write {
            self.write_protect(parent, number, resident)?;
        }
        Ok(())
    }

    /// Takes the right to write from a page that now has two holders.
    fn write_protect(
        &mut self,
        space: usize,
        number: usize,
        mut resident: Resident,
    ) -> Result<(), OutOfMemory> {
        let handle = self.spaces[space].handle;
        let mut result = Ok(());
        if let Some(mapping) = resident.mapping.take() {
            match self
                .machine
                .protect(handle, number * PAGE_SIZE, mapping, Access::READ)
            {
                Ok(mapping) => resident.mapping = Some(mapping),
                Err(error) => result = Err(error),
            }
        }
        resident.access = Access::READ;
        self.spaces[space].resident.insert(number, resident);
        result
    }

    /// Empties an address space and forgets it. The machine's process is the caller's business.
    pub(crate) fn discard_space(&mut self, space: usize) {
        self.empty_space(space);
        self.leave_code(space);
        self.spaces.remove(space);
    }

    /// Releases what stood behind a region.
    pub(crate) fn discard_backing(&mut self, backing: Backing) {
        match backing {
            Backing::File { file, .. } => {
                if let Some(file) = Rc::into_inner(file) {
                    self.vfs.release_mapping(&mut self.machine, file.inode);
                    self.vfs.release_place(&mut self.machine, file.place);
                }
            }
            Backing::Shared { object, .. } => {
                if let Some(object) = Rc::into_inner(object) {
                    for (_, page) in object.pages.into_inner() {
                        self.machine.release(page);
                    }
                }
            }
            Backing::Fixed(page) => self.machine.release(page),
            Backing::Anonymous => {}
        }
    }

    /// A mapped file became shorter: what was mapped of its end is gone, private copies too.
    pub(crate) fn unmap_file_pages(&mut self, inode: InodeId, first_page: u64, pages: u64) {
        let last_page = first_page.saturating_add(pages);
        let mut gone = Vec::new();
        for (_, space) in self.spaces.iter_mut() {
            let mut ranges = Vec::new();
            for region in space.regions.values() {
                let Backing::File { file, offset, .. } = &region.backing else {
                    continue;
                };
                if file.inode != inode {
                    continue;
                }
                let from = offset / PAGE_SIZE as u64;
                let to = from + (region.length() / PAGE_SIZE) as u64;
                let (cut, end) = (first_page.clamp(from, to), last_page.clamp(from, to));
                let address = |page: u64| region.start + (page - from) as usize * PAGE_SIZE;
                ranges.push((address(cut), address(end)));
            }
            for (start, end) in ranges {
                gone.extend(space.take_pages(start, end));
            }
        }
        self.discard_pages(gone);
    }

    /// Adds a region where nothing is.
    pub(crate) fn add_region(&mut self, space: usize, region: Region) {
        self.spaces[space].insert(region);
    }
}
