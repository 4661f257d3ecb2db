// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bringing the world's books and the programs' pages to where they need least.
//!
//! What was taken when there was little room lies at the end of the heap and of the page store, and stays there when all
//! around it is free again. The reserve has it back only when the end is free.
use super::code::CodeKey;
use super::{Purpose, Resident};
use crate::World;
use crate::machine::Machine;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem::take;
use unix_pages::{PAGE_SIZE, PageId};
use unix_process::Pid;
use unix_vfs::InodeId;

/// Who holds a page.
#[derive(Clone, Copy)]
enum Holder {
    /// An address space, at a page number.
    Space(usize, usize),
    /// A file, at an index.
    File(InodeId, u64),
    /// The cache of code, at a page number.
    Code(CodeKey, usize),
}

/// Fewer processes than this leave little behind.
const MANY: usize = 32;
/// How often the books are built anew at most, as long as that helps.
const MOST_ROUNDS: usize = 8;

impl<M: Machine> World<M> {
    /// Gives everything back to the reserve that is not needed now. Nothing that can be seen by programs changes.
    ///
    /// Within a call only if its handler does not know yet where a page is.
    pub(crate) fn compact(&mut self) {
        self.drop_caches();
        self.compact_pages();
        // What is built first goes into gaps that may lie far back; each time more of the first ones are free.
        for round in 0..MOST_ROUNDS {
            self.machine.gather();
            self.compact_books();
            if !self.machine.trim() && round > 0 {
                break;
            }
        }
        self.most_spaces = self.spaces.len();
    }

    /// A process has ended: worth it when most of those are gone that were there.
    pub(crate) fn compact_after_many(&mut self) {
        if self.most_spaces >= MANY && self.spaces.len() < self.most_spaces / 4 {
            self.compact();
        }
    }

    fn compact_books(&mut self) {
        self.vfs.compact();
        self.processes.compact();
        let mut next = Pid::INIT;
        while let Some(process) = self.processes.next_process(next) {
            let pid = process.pid();
            next = Pid(pid.0 + 1);
            if self.is_alive(pid) {
                self.task_mut(pid).files.compact();
            }
        }
        self.spaces = take(&mut self.spaces).into_iter().collect();
        for (_, space) in &mut self.spaces {
            space.compact();
        }
        self.badges = take(&mut self.badges).into_iter().collect();
        self.waits.compact();
        self.compact_code();
    }

    /// Moves pages that lie behind as many as there are to free ones in front, if all who hold them are known.
    fn compact_pages(&mut self) {
        let first = PageId(self.machine.used() as u32);
        for (page, holders) in self.holders_from(first) {
            if self.machine.references(page) as usize != holders.len() {
                continue;
            }
            // Programs run at the same priority as the world: what they store must not be lost behind the copy's back.
            for holder in &holders {
                if let Holder::Space(space, number) = *holder {
                    self.hide(space, number * PAGE_SIZE, (number + 1) * PAGE_SIZE);
                }
            }
            match self.machine.duplicate(page) {
                Ok(copy) if copy < page => {
                    self.machine.synchronize_code(copy);
                    (1..holders.len()).for_each(|_| self.machine.share(copy));
                    for holder in holders {
                        self.exchange_page(holder, copy);
                    }
                }
                Ok(copy) => self.machine.release(copy),
                Err(_) => return,
            }
        }
    }

    /// Who holds the pages from `first` on. Pipes, shared memory and the gate are left out: what they hold stays where it is.
    fn holders_from(&self, first: PageId) -> BTreeMap<PageId, Vec<Holder>> {
        let mut holders: BTreeMap<PageId, Vec<Holder>> = BTreeMap::new();
        let mut add = |page: PageId, holder| {
            if page >= first {
                holders.entry(page).or_default().push(holder);
            }
        };
        for (space, it) in &self.spaces {
            for (number, resident) in &it.resident {
                let region = it.region_at(number * PAGE_SIZE);
                if region.is_some_and(|region| region.purpose != Purpose::Gate) {
                    add(resident.page, Holder::Space(space, *number));
                }
            }
        }
        for (page, inode, index) in self.vfs.pages() {
            add(page, Holder::File(inode, index));
        }
        for (key, number, page) in self.code_pages() {
            add(page, Holder::Code(key, number));
        }
        holders
    }

    /// Puts a page, whose reference it takes, in the place of the one that somebody holds.
    fn exchange_page(&mut self, holder: Holder, page: PageId) {
        match holder {
            Holder::Space(space, number) => {
                if let Some(old) = self.spaces[space].resident.get(&number).copied() {
                    let new = self.replace_page(space, number, old, page);
                    let code = old.code;
                    let new = Resident { code, ..new };
                    self.spaces[space].resident.insert(number, new);
                }
            }
            Holder::File(inode, index) => {
                self.vfs
                    .exchange_page(&mut self.machine, inode, index, page)
            }
            Holder::Code(key, number) => self.exchange_code_page(key, number, page),
        }
    }
}
