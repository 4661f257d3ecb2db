// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers: which are in use, as what, and which comes next.
use alloc::{boxed::Box, vec::Vec};

/// One more than the highest number (`kernel.pid_max`).
pub(crate) const PID_MAX: i32 = 32768;
/// After a wrap, numbers below this one are left to what was started at boot.
const FIRST_AFTER_WRAP: i32 = 300;
const PER_PAGE: usize = 64;
const NONE: u32 = u32::MAX;

/// What a number stands for. Each is a slot in the table's slab of that kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Process = 0,
    Thread = 1,
    Group = 2,
    Session = 3,
}

#[derive(Clone, Copy)]
struct Entry {
    slots: [u32; 4],
    holds: u32,
}

impl Entry {
    const FREE: Entry = Entry {
        slots: [NONE; 4],
        holds: 0,
    };

    fn is_free(&self) -> bool {
        self.slots == [NONE; 4] && self.holds == 0
    }
}

struct Page {
    used: usize,
    entries: [Entry; PER_PAGE],
}

/// All numbers. A number is free again when it stands for nothing and nobody holds it.
pub(crate) struct IdTable {
    pages: Vec<Option<Box<Page>>>,
    last: i32,
}

impl IdTable {
    pub fn new() -> Self {
        Self {
            pages: Vec::new(),
            last: 0,
        }
    }

    /// See [`super::ProcessTable::compact`].
    pub fn compact(&mut self) {
        while self.pages.pop_if(|page| page.is_none()).is_some() {}
        let old = core::mem::take(&mut self.pages);
        self.pages = Vec::with_capacity(old.len());
        (self.pages).extend(old.into_iter().map(|page| page.map(|page| Box::new(*page))));
    }

    /// The number given out last.
    pub fn last(&self) -> i32 {
        self.last
    }

    /// The next free number, in rising order with a wrap. It is not in use before [`Self::set`].
    pub fn allocate(&mut self) -> Option<i32> {
        let mut candidate = self.last;
        for _ in 0..PID_MAX {
            candidate = if candidate + 1 >= PID_MAX {
                FIRST_AFTER_WRAP
            } else {
                candidate + 1
            };
            if self.is_free(candidate) {
                self.last = candidate;
                return Some(candidate);
            }
        }
        None
    }

    pub fn is_free(&self, id: i32) -> bool {
        self.entry(id).is_none_or(Entry::is_free)
    }

    /// The slot that a number stands for.
    pub fn get(&self, id: i32, kind: Kind) -> Option<usize> {
        let slot = self.entry(id)?.slots[kind as usize];
        (slot != NONE).then_some(slot as usize)
    }

    /// Lets a number stand for a slot, or for nothing of this kind.
    pub fn set(&mut self, id: i32, kind: Kind, slot: Option<usize>) {
        self.change(id, |entry| {
            entry.slots[kind as usize] = slot.map_or(NONE, |slot| slot as u32);
        });
    }

    /// Keeps a number from being used again.
    pub fn hold(&mut self, id: i32) {
        self.change(id, |entry| entry.holds += 1);
    }

    /// Ends one hold.
    pub fn unhold(&mut self, id: i32) {
        self.change(id, |entry| entry.holds = entry.holds.saturating_sub(1));
    }

    /// The first number from `from` on that stands for something of a kind.
    pub fn next(&self, from: i32, kind: Kind) -> Option<usize> {
        let mut id = from.max(1);
        while id < PID_MAX {
            match self.pages.get(id as usize / PER_PAGE) {
                None => return None,
                Some(None) => id = (id as usize / PER_PAGE * PER_PAGE + PER_PAGE) as i32,
                Some(Some(_)) => match self.get(id, kind) {
                    Some(slot) => return Some(slot),
                    None => id += 1,
                },
            }
        }
        None
    }

    fn entry(&self, id: i32) -> Option<&Entry> {
        let index = usize::try_from(id).ok()?;
        let page = self.pages.get(index / PER_PAGE)?.as_ref()?;
        Some(&page.entries[index % PER_PAGE])
    }

    fn change(&mut self, id: i32, change: impl FnOnce(&mut Entry)) {
        let Ok(index) = usize::try_from(id) else {
            return;
        };
        if id >= PID_MAX {
            return;
        }
        let number = index / PER_PAGE;
        if self.pages.len() <= number {
            self.pages.resize_with(number + 1, || None);
        }
        let slot = &mut self.pages[number];
        let page = slot.get_or_insert_with(|| {
            Box::new(Page {
                used: 0,
                entries: [Entry::FREE; PER_PAGE],
            })
        });
        let entry = &mut page.entries[index % PER_PAGE];
        let was_free = entry.is_free();
        change(entry);
        match (was_free, entry.is_free()) {
            (true, false) => page.used += 1,
            (false, true) => page.used -= 1,
            _ => {}
        }
        if page.used == 0 {
            *slot = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rise_wrap_and_skip_what_is_in_use() {
        let mut ids = IdTable::new();
        assert_eq!(ids.allocate(), Some(1));
        ids.set(1, Kind::Process, Some(0));
        assert_eq!(ids.allocate(), Some(2));
        ids.set(300, Kind::Group, Some(7));
        ids.hold(301);
        ids.last = PID_MAX - 2;
        assert_eq!(ids.allocate(), Some(PID_MAX - 1));
        assert_eq!(ids.allocate(), Some(302));
        ids.set(300, Kind::Group, None);
        ids.unhold(301);
        ids.last = PID_MAX - 1;
        assert_eq!(ids.allocate(), Some(300));
    }

    #[test]
    fn full_is_none_and_pages_go_away() {
        let mut ids = IdTable::new();
        for id in 1..PID_MAX {
            ids.set(id, Kind::Session, Some(id as usize));
        }
        assert_eq!(ids.allocate(), None);
        assert_eq!(ids.get(77, Kind::Session), Some(77));
        assert_eq!(ids.get(77, Kind::Process), None);
        for id in 1..PID_MAX {
            ids.set(id, Kind::Session, None);
        }
        assert!(ids.pages.iter().all(Option::is_none));
        assert_eq!(ids.get(-5, Kind::Process), None);
        assert_eq!(ids.get(i32::MAX, Kind::Process), None);
        ids.set(i32::MAX, Kind::Process, Some(1));
        ids.set(-1, Kind::Process, Some(1));
        assert_eq!(ids.next(1, Kind::Process), None);
    }
}
