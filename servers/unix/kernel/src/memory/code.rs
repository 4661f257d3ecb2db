// SPDX-License-Identifier: MIT OR Apache-2.0
//! Code: pages that went through the rewriter, shared by all processes that run the same file.
//!
//! A [`Code`] stands for one file loaded at one place (or for the private code of one address
//! space). It owns the stubs of that place and the rewritten pages, so a page is rewritten once
//! however many processes execute it, and a stub address means the same in all of them.
use super::{Backing, Fault, HIGHEST, LOWEST, Protection, Purpose, Region, Resident, SharedPages};
use crate::World;
use crate::machine::Machine;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use unix_gate::stub::{self, StubTable};
use unix_pages::{PAGE_SIZE, PageId};
use unix_vfs::{FilePage, InodeId};

/// Pages set aside for the stubs of one place: 102 system call instructions each.
const STUB_PAGES: usize = if cfg!(target_arch = "aarch64") { 64 } else { 0 };
/// How far from its code a stub region may start, so that branches reach all of both.
const NEAR: usize = unix_gate::stub::REACH / 2;

/// Which code: a file, and where its first byte is (or would be) mapped. `None` is private code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CodeKey {
    file: InodeId,
    base: usize,
    stubs: usize,
}

/// One file's code at one place.
#[derive(Debug)]
pub struct Code {
    key: Option<CodeKey>,
    /// The stubs.
    pub stubs: RefCell<StubTable>,
    /// How many of them are in the pages.
    written: Cell<usize>,
    stub_pages: Rc<SharedPages>,
    /// Rewritten pages by page number in the address space.
    pages: RefCell<BTreeMap<usize, PageId>>,
    /// The file's change counter when the pages were made.
    changes: u64,
}

/// All code that was made out of files.
#[derive(Default, Debug)]
pub struct CodeCache {
    known: BTreeMap<CodeKey, Rc<Code>>,
}

impl<M: Machine> World<M> {
    /// A rewritten page of a file; the reference is the caller's.
    pub(super) fn fetch_code(
        &mut self,
        space: usize,
        region: &Region,
        number: usize,
        file: InodeId,
        index: u64,
    ) -> Result<PageId, Fault> {
        let code = self.code_for(space, region)?;
        let known = code.pages.borrow().get(&number).copied();
        if let Some(page) = known {
            self.machine.share(page);
            return Ok(page);
        }
        let page = self.copy_file_page(file, index)?;
        if let Err(fault) = self.rewrite(space, region, number, page, &code) {
            self.machine.release(page);
            return Err(fault);
        }
        if code.key.is_some() {
            self.machine.share(page);
            code.pages.borrow_mut().insert(number, page);
        }
        Ok(page)
    }

    /// Makes a resident page code: rewrites it, in a copy if others hold it too.
    pub(super) fn make_code(
        &mut self,
        space: usize,
        region: &Region,
        number: usize,
        mut resident: Resident,
    ) -> Result<Resident, Fault> {
        // A page of the file that nobody changed: its code may be known already.
        if let Backing::File {
            file,
            offset,
            shared: false,
        } = &region.backing
        {
            let index = (offset + (number * PAGE_SIZE - region.start) as u64) / PAGE_SIZE as u64;
            let file = file.inode;
            if self.vfs.page_for_mapping(file, index) == FilePage::Page(resident.page) {
                let page = self.fetch_code(space, region, number, file, index)?;
                resident = self.replace_page(space, number, resident, page);
                resident.code = true;
                self.spaces[space].resident.insert(number, resident);
                return Ok(resident);
            }
        }
        let code = self.code_for(space, region)?;
        if self.machine.references(resident.page) > 1 {
            let copy = self.machine.duplicate(resident.page)?;
            resident = self.replace_page(space, number, resident, copy);
        }
        self.rewrite(space, region, number, resident.page, &code)?;
        resident.code = true;
        self.spaces[space].resident.insert(number, resident);
        Ok(resident)
    }

    /// The code that a region belongs to; made, with room for its stubs, when it is first needed.
    fn code_for(&mut self, space: usize, region: &Region) -> Result<Rc<Code>, Fault> {
        let place = match &region.backing {
            Backing::File {
                file,
                offset,
                shared: false,
            } => Some((file.inode, region.start.wrapping_sub(*offset as usize))),
            _ => None,
        };
        for code in &self.spaces[space].code {
            let same = match (place, code.key) {
                (Some((file, base)), Some(key)) => file == key.file && base == key.base,
                (None, None) => {
                    STUB_PAGES == 0 || code.stubs.borrow().address(0).abs_diff(region.start) < NEAR
                }
                _ => false,
            };
            let changes = code.key.map_or(0, |key| self.vfs.change_counter(key.file));
            if same && changes == code.changes {
                return Ok(code.clone());
            }
        }
        let stubs = self
            .room_for_stubs(space, region)
            .ok_or(Fault::OutOfMemory)?;
        let key = place.map(|(file, base)| CodeKey { file, base, stubs });
        let changes = key.map_or(0, |key| self.vfs.change_counter(key.file));
        let known = key.and_then(|key| self.code.known.get(&key).cloned());
        let code = match known.filter(|code| code.changes == changes) {
            Some(code) => code,
            None => self.new_code(key, stubs, changes),
        };
        if cfg!(target_arch = "aarch64") {
            self.spaces[space].insert(Region {
                start: stubs,
                end: stubs + STUB_PAGES * PAGE_SIZE,
                protection: Protection::READ | Protection::EXECUTE,
                backing: Backing::Shared {
                    object: code.stub_pages.clone(),
                    offset: 0,
                },
                purpose: Purpose::Gate,
            });
        }
        self.spaces[space].code.push(code.clone());
        Ok(code)
    }

    fn new_code(&mut self, key: Option<CodeKey>, stubs: usize, changes: u64) -> Rc<Code> {
        let code = Rc::new(Code {
            key,
            stubs: RefCell::new(StubTable::new(stubs, STUB_PAGES)),
            written: Cell::new(0),
            stub_pages: Rc::default(),
            pages: RefCell::default(),
            changes,
        });
        if let Some(key) = key {
            self.vfs.hold_mapping(key.file);
            if let Some(old) = self.code.known.insert(key, code.clone()) {
                self.discard_code(old);
            }
        }
        code
    }

    /// Free addresses for stubs near a region: below the lowest region around it if there is room.
    fn room_for_stubs(&self, space: usize, region: &Region) -> Option<usize> {
        let length = STUB_PAGES * PAGE_SIZE;
        if length == 0 {
            return Some(0);
        }
        let regions = &self.spaces[space].regions;
        let mut top = region.start;
        for below in regions
            .range(..region.start)
            .rev()
            .map(|(_, region)| region)
        {
            if top - below.end >= length {
                break;
            }
            top = below.start;
        }
        let start = top
            .checked_sub(length)
            .filter(|start| *start >= LOWEST && region.end - *start < NEAR);
        // Above, past the room in which a heap may want to grow.
        start.or_else(|| {
            let mut at = region.end.checked_add(NEAR / 2)?;
            for above in regions.range(region.end..).map(|(_, region)| region) {
                if above.start >= at.checked_add(length)? {
                    break;
                }
                at = at.max(above.end);
            }
            (at + length <= HIGHEST && at - region.start < NEAR).then_some(at)
        })
    }

    /// Replaces the system call instructions of a page that nobody executes yet.
    fn rewrite(
        &mut self,
        space: usize,
        region: &Region,
        number: usize,
        page: PageId,
        code: &Rc<Code>,
    ) -> Result<(), Fault> {
        let address = number * PAGE_SIZE;
        if cfg!(target_arch = "aarch64") {
            let bytes = self.machine.bytes_mut(page);
            let mut stubs = code.stubs.borrow_mut();
            if let Err(error) = unix_gate::rewrite::aarch64::rewrite(bytes, address, &mut stubs) {
                log::warn!("code at {address:#x}: {error}");
            }
            drop(stubs);
            self.write_stubs(code)?;
        } else {
            let before = self.context(space, region, address, true);
            let after = self.context(space, region, address + PAGE_SIZE, false);
            let window = unix_gate::rewrite::x86_64::Window {
                before: &before,
                page: self.machine.bytes_mut(page),
                after: &after,
            };
            unix_gate::rewrite::x86_64::rewrite(window);
        }
        self.machine.synchronize_code(page);
        Ok(())
    }

    /// Writes the stubs that are not in their pages yet. What is there is not touched: programs run at the same priority as
    /// the world, so when its time slice ends, somebody may run through the others.
    fn write_stubs(&mut self, code: &Code) -> Result<(), Fault> {
        loop {
            let next = code.written.get();
            let (number, end) = (next / stub::PER_PAGE, code.stubs.borrow().len());
            if next == end {
                return Ok(());
            }
            let known = code
                .stub_pages
                .pages
                .borrow()
                .get(&(number as u64))
                .copied();
            let page = match known {
                Some(page) => page,
                None => {
                    let page = self.new_page()?;
                    let mut pages = code.stub_pages.pages.borrow_mut();
                    pages.insert(number as u64, page);
                    page
                }
            };
            let end = end.min((number + 1) * stub::PER_PAGE);
            for index in next..end {
                let stubs = code.stubs.borrow();
                stubs.write(index, self.machine.bytes_mut(page));
            }
            self.machine.synchronize_code(page);
            code.written.set(end);
        }
    }

    /// The bytes directly before or behind a page border, out of the file (so that they are as the
    /// compiler made them) or out of memory that is there.
    fn context(&self, space: usize, region: &Region, border: usize, before: bool) -> Vec<u8> {
        let number = if before {
            border / PAGE_SIZE - 1
        } else {
            border / PAGE_SIZE
        };
        let address = number * PAGE_SIZE;
        if address < region.start || address >= region.end {
            return Vec::new();
        }
        let mut bytes = [0; PAGE_SIZE];
        match &region.backing {
            Backing::File { file, offset, .. } => {
                let index = (offset + (address - region.start) as u64) / PAGE_SIZE as u64;
                match self.vfs.page_for_mapping(file.inode, index) {
                    FilePage::Page(page) => bytes = *self.machine.bytes(page),
                    FilePage::Archive { bytes: part, .. } => {
                        bytes[..part.len()].copy_from_slice(part)
                    }
                    FilePage::Hole => {}
                    FilePage::BeyondEnd => return Vec::new(),
                }
            }
            _ => match self.spaces[space].resident.get(&number) {
                Some(resident) => bytes = *self.machine.bytes(resident.page),
                None => return Vec::new(),
            },
        }
        let context = unix_gate::rewrite::x86_64::CONTEXT;
        if before {
            bytes[PAGE_SIZE - context..].to_vec()
        } else {
            bytes[..context].to_vec()
        }
    }

    /// A page of a file as a program sees it: shared with the file where that is possible.
    pub(super) fn fetch_file(
        &mut self,
        file: InodeId,
        index: u64,
        shared: bool,
        touch: super::Touch,
    ) -> Result<PageId, Fault> {
        if !shared && touch == super::Touch::Write {
            return self.copy_file_page(file, index);
        }
        // Everyone who maps this page from now on has the same copy of it.
        match self.vfs.cache_page(&mut self.machine, file, index) {
            Ok(page) => {
                self.machine.share(page);
                Ok(page)
            }
            Err(unix_abi::Errno::EFAULT) => Err(Fault::BehindEnd),
            Err(_) => Err(Fault::OutOfMemory),
        }
    }

    /// A private copy of a page of a file.
    fn copy_file_page(&mut self, file: InodeId, index: u64) -> Result<PageId, Fault> {
        match self.vfs.page_for_mapping(file, index) {
            FilePage::Page(page) => Ok(self.machine.duplicate(page)?),
            FilePage::Archive { bytes, .. } => {
                let page = self.new_page()?;
                self.machine.bytes_mut(page)[..bytes.len()].copy_from_slice(bytes);
                Ok(page)
            }
            FilePage::Hole => self.new_page(),
            FilePage::BeyondEnd => Err(Fault::BehindEnd),
        }
    }

    /// An address space does not use its code any more. Code out of files stays for the next one.
    pub(crate) fn leave_code(&mut self, space: usize) {
        for code in core::mem::take(&mut self.spaces[space].code) {
            if code.key.is_none() {
                self.discard_code(code);
            }
        }
    }

    /// Builds the tables of code pages anew, as small as they can be.
    pub(super) fn compact_code(&mut self) {
        for code in self.code.known.values() {
            let mut pages = code.pages.borrow_mut();
            *pages = core::mem::take(&mut *pages).into_iter().collect();
        }
        self.code.known = core::mem::take(&mut self.code.known).into_iter().collect();
    }

    /// The pages of the cache: whose, which, where.
    pub(super) fn code_pages(&self) -> Vec<(CodeKey, usize, PageId)> {
        let mut all = Vec::new();
        for (key, code) in &self.code.known {
            let pages = code.pages.borrow();
            all.extend(pages.iter().map(|(number, page)| (*key, *number, *page)));
        }
        all
    }

    /// Puts a page with the same bytes in the place of one of the cache's.
    pub(super) fn exchange_code_page(&mut self, key: CodeKey, number: usize, page: PageId) {
        let Some(code) = self.code.known.get(&key) else {
            return self.machine.release(page);
        };
        if let Some(old) = code.pages.borrow_mut().insert(number, page) {
            self.machine.release(old);
        }
    }

    /// Gives up what is kept only because it may be used again.
    pub(crate) fn drop_caches(&mut self) {
        self.vfs.drop_clean(&mut self.machine);
        let idle: Vec<CodeKey> = (self.code.known.iter())
            .filter(|(_, code)| Rc::strong_count(code) == 1)
            .map(|(key, _)| *key)
            .collect();
        for key in idle {
            if let Some(code) = self.code.known.remove(&key) {
                self.discard_code(code);
            }
        }
        // Of code that is in use: what nobody has touched who is still there.
        for code in self.code.known.values() {
            code.pages.borrow_mut().retain(|_, page| {
                let used = self.machine.references(*page) > 1;
                if !used {
                    self.machine.release(*page);
                }
                used
            });
        }
    }

    /// Releases the pages of code that nobody else refers to.
    fn discard_code(&mut self, code: Rc<Code>) {
        let Some(code) = Rc::into_inner(code) else {
            return;
        };
        for page in code.pages.into_inner().into_values() {
            self.machine.release(page);
        }
        self.discard_backing(Backing::Shared {
            object: code.stub_pages,
            offset: 0,
        });
        if let Some(key) = code.key {
            self.vfs.release_mapping(&mut self.machine, key.file);
        }
    }
}
