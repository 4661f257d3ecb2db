// SPDX-License-Identifier: MIT OR Apache-2.0
//! Page faults: what happens when a program (or the world for it) touches a page.
use super::{Backing, Protection, Purpose, Region, Resident, Space};
use crate::World;
use crate::machine::{Access, Machine, Mapping};
use alloc::vec::Vec;
use unix_pages::{PAGE_SIZE, PageId};

/// How an address is touched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Touch {
    /// A load.
    Read,
    /// A store.
    Write,
    /// An instruction fetch.
    Execute,
}

impl Touch {
    fn needs(self) -> Protection {
        match self {
            Touch::Read => Protection::READ,
            Touch::Write => Protection::WRITE,
            Touch::Execute => Protection::EXECUTE,
        }
    }
}

/// Why a touch cannot be served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Nothing is there: SIGSEGV with SEGV_MAPERR.
    Unmapped,
    /// Something is there that does not allow this: SIGSEGV with SEGV_ACCERR.
    Denied,
    /// Behind the end of the mapped file: SIGBUS with BUS_ADRERR.
    BehindEnd,
    /// The reserve is spent.
    OutOfMemory,
}

impl From<unix_pages::OutOfMemory> for Fault {
    fn from(_: unix_pages::OutOfMemory) -> Self {
        Fault::OutOfMemory
    }
}

/// Does this touch of an executable page make it code? Where the hardware cannot refuse instruction
/// fetches, a page that can be read can be executed: so it goes through the rewriter at the first
/// touch of any kind. Where it can, data between the code stays as it is.
fn fetches(touch: Touch) -> bool {
    match touch {
        Touch::Execute => true,
        Touch::Read => cfg!(target_arch = "x86_64"),
        Touch::Write => false,
    }
}

impl<M: Machine> World<M> {
    /// Serves a touch of `address`; afterwards the page is resident with the right that is needed.
    /// With `map` the hardware sees it too; without, only the world does.
    pub(crate) fn touch(
        &mut self,
        space: usize,
        address: usize,
        touch: Touch,
        map: bool,
    ) -> Result<PageId, Fault> {
        let Some(region) = self.spaces[space].region_at(address) else {
            return Err(Fault::Unmapped);
        };
        // x86_64 and aarch64 have no write-only or execute-only pages for programs.
        let allowed = match touch {
            Touch::Read => !region.protection.is_empty(),
            _ => region.protection.contains(touch.needs()),
        };
        if !allowed {
            return Err(Fault::Denied);
        }
        let region = region.clone();
        let number = address / PAGE_SIZE;
        let resident = self.spaces[space].resident.get(&number).copied();
        let resident = match resident {
            Some(resident) => resident,
            None => {
                let (page, code) = self.fetch(space, &region, number, touch)?;
                let resident = Resident {
                    page,
                    mapping: None,
                    access: Access::READ,
                    code,
                };
                self.spaces[space].resident.insert(number, resident);
                resident
            }
        };
        if map || touch == Touch::Write {
            self.admit(space, &region, number, resident, touch, map)
        } else {
            Ok(resident.page)
        }
    }

    /// Gives a resident page the right that `touch` needs.
    fn admit(
        &mut self,
        space: usize,
        region: &Region,
        number: usize,
        mut resident: Resident,
        touch: Touch,
        map: bool,
    ) -> Result<PageId, Fault> {
        let executable = region.protection.contains(Protection::EXECUTE);
        let mut access = Access::READ;
        match touch {
            Touch::Write => {
                access.write = true;
                resident.code = false;
                if !region.is_shared() && self.machine.references(resident.page) > 1 {
                    resident = self.unshare(space, number, resident)?;
                }
            }
            _ if executable && fetches(touch) => {
                access.execute = true;
                if !resident.code && region.purpose != Purpose::Gate {
                    resident = self.make_code(space, region, number, resident)?;
                }
            }
            _ if executable => {}
            Touch::Read | Touch::Execute => {
                access.write = region.protection.contains(Protection::WRITE)
                    && (region.is_shared() || self.machine.references(resident.page) == 1);
            }
        }
        if map {
            self.show(space, number, resident, access)?;
        } else {
            // The world is about to store into it; if it was code, the next fetch has to see the
            // rewriter again.
            let was_code = resident.access.execute;
            self.spaces[space].resident.insert(number, resident);
            if was_code {
                self.hide(space, number * PAGE_SIZE, (number + 1) * PAGE_SIZE);
            }
        }
        Ok(resident.page)
    }

    /// Lets the hardware see a resident page with these rights.
    fn show(
        &mut self,
        space: usize,
        number: usize,
        mut resident: Resident,
        access: Access,
    ) -> Result<(), Fault> {
        let handle = self.spaces[space].handle;
        let address = number * PAGE_SIZE;
        let mapping: Result<Mapping, _> = match resident.mapping.take() {
            Some(mapping) if resident.access == access => Ok(mapping),
            Some(mapping) => self.machine.protect(handle, address, mapping, access),
            None => self.machine.map(handle, address, resident.page, access),
        };
        resident.mapping = mapping.as_ref().ok().copied();
        resident.access = if mapping.is_ok() {
            access
        } else {
            Access::READ
        };
        self.spaces[space].resident.insert(number, resident);
        mapping.map(|_| ()).map_err(Fault::from)
    }

    /// Replaces a page that others hold too by a copy.
    fn unshare(
        &mut self,
        space: usize,
        number: usize,
        resident: Resident,
    ) -> Result<Resident, Fault> {
        let copy = self.machine.duplicate(resident.page)?;
        Ok(self.replace_page(space, number, resident, copy))
    }

    /// Puts `page` in the place of a resident page, which is unmapped and released.
    pub(super) fn replace_page(
        &mut self,
        space: usize,
        number: usize,
        resident: Resident,
        page: PageId,
    ) -> Resident {
        if let Some(mapping) = resident.mapping {
            self.machine.unmap(mapping);
        }
        self.machine.release(resident.page);
        let fresh = Resident {
            page,
            mapping: None,
            access: Access::READ,
            code: false,
        };
        self.spaces[space].resident.insert(number, fresh);
        fresh
    }

    /// The page that a first touch brings, and whether it is code that has been rewritten. Its
    /// reference becomes the address space's.
    fn fetch(
        &mut self,
        space: usize,
        region: &Region,
        number: usize,
        touch: Touch,
    ) -> Result<(PageId, bool), Fault> {
        let within = (number * PAGE_SIZE - region.start) as u64;
        match &region.backing {
            Backing::Anonymous => Ok((self.new_page()?, false)),
            Backing::Fixed(page) => {
                self.machine.share(*page);
                Ok((*page, false))
            }
            Backing::Shared { object, offset } => {
                let index = (offset + within) / PAGE_SIZE as u64;
                let known = object.pages.borrow().get(&index).copied();
                let page = match known {
                    Some(page) => page,
                    None => {
                        let page = self.new_page()?;
                        object.pages.borrow_mut().insert(index, page);
                        page
                    }
                };
                self.machine.share(page);
                Ok((page, false))
            }
            Backing::File {
                file,
                offset,
                shared,
            } => {
                let index = (offset + within) / PAGE_SIZE as u64;
                let executable = region.protection.contains(Protection::EXECUTE);
                if !shared && fetches(touch) && executable {
                    return Ok((
                        self.fetch_code(space, region, number, file.inode, index)?,
                        true,
                    ));
                }
                Ok((self.fetch_file(file.inode, index, *shared, touch)?, false))
            }
        }
    }

    /// A zeroed page; when the store is spent, caches are given up first.
    pub(crate) fn new_page(&mut self) -> Result<PageId, Fault> {
        match self.machine.allocate() {
            Ok(page) => Ok(page),
            Err(_) => {
                self.drop_caches();
                Ok(self.machine.allocate()?)
            }
        }
    }

    /// Releases what a change of the regions took out.
    pub(crate) fn discard(&mut self, removed: super::Removed) {
        self.discard_pages(removed.pages);
        for region in removed.regions {
            self.discard_backing(region.backing);
        }
    }

    /// Unmaps and releases pages.
    pub(crate) fn discard_pages(&mut self, pages: Vec<Resident>) {
        for resident in pages {
            if let Some(mapping) = resident.mapping {
                self.machine.unmap(mapping);
            }
            self.machine.release(resident.page);
        }
    }

    /// Takes what was mapped of `[start, end)` from the hardware; the pages stay.
    pub(crate) fn hide(&mut self, space: usize, start: usize, end: usize) {
        let range = start / PAGE_SIZE..end / PAGE_SIZE;
        for (_, resident) in self.spaces[space].resident.range_mut(range) {
            if let Some(mapping) = resident.mapping.take() {
                self.machine.unmap(mapping);
            }
            resident.access = Access::READ;
        }
    }

    /// Removes everything from an address space.
    pub(crate) fn empty_space(&mut self, space: usize) {
        let removed = self.spaces[space].remove(0, super::HIGHEST);
        self.discard(removed);
    }

    /// A program's address space, if it is still there.
    pub(crate) fn space(&self, space: usize) -> &Space {
        &self.spaces[space]
    }
}
