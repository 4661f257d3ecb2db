// SPDX-License-Identifier: MIT OR Apache-2.0
//! Regions: what a range of addresses of a program means.
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use core::cell::RefCell;
use unix_pages::{PAGE_SIZE, PageId};
use unix_vfs::{InodeId, Place};

bitflags::bitflags! {
    /// PROT_* of mmap(2); the values are Linux's.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct Protection: u32 {
        /// Loads.
        const READ = 1;
        /// Stores.
        const WRITE = 2;
        /// Instruction fetches.
        const EXECUTE = 4;
    }
}

/// Pages that several address spaces share: MAP_SHARED | MAP_ANONYMOUS.
#[derive(Default, Debug)]
pub struct SharedPages {
    /// Page index within the object to page; the object holds one reference to each.
    pub pages: RefCell<BTreeMap<u64, PageId>>,
}

/// A file that is mapped; its inode and its place are held.
#[derive(Debug)]
pub struct MappedFile {
    /// The file.
    pub inode: InodeId,
    /// Under which name it was opened.
    pub place: Place,
}

/// Where the bytes of a region come from.
#[derive(Clone, Debug)]
pub enum Backing {
    /// Zeros, private.
    Anonymous,
    /// A file. `file` is counted: the last region that drops it releases the file.
    File {
        /// The mapped file.
        file: Rc<MappedFile>,
        /// Where in the file the region starts, in bytes.
        offset: u64,
        /// Stores go to the file.
        shared: bool,
    },
    /// Zeros, shared with whoever inherits the region.
    Shared {
        /// The pages.
        object: Rc<SharedPages>,
        /// Where in the object the region starts, in bytes.
        offset: u64,
    },
    /// A page of the world's: the gate.
    Fixed(PageId),
}

impl Backing {
    /// The backing of what lies `bytes` further on.
    fn advanced(&self, bytes: u64) -> Backing {
        let mut backing = self.clone();
        match &mut backing {
            Backing::File { offset, .. } | Backing::Shared { offset, .. } => *offset += bytes,
            Backing::Anonymous | Backing::Fixed(_) => {}
        }
        backing
    }
}

/// What a region is for; shown in /proc/PID/maps and used to find it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// mmap, or a segment of the program.
    Mapping,
    /// Between the initial and the current program break.
    Heap,
    /// The main stack.
    Stack,
    /// The gate's code, context and stubs: the program cannot change it.
    Gate,
}

/// One range of addresses with one meaning. Whole pages.
#[derive(Clone, Debug)]
pub struct Region {
    /// First address.
    pub start: usize,
    /// First address after it.
    pub end: usize,
    /// What the program may do.
    pub protection: Protection,
    /// Where the bytes come from.
    pub backing: Backing,
    /// What it is for.
    pub purpose: Purpose,
}

impl Region {
    /// The region's length in bytes.
    pub fn length(&self) -> usize {
        self.end - self.start
    }

    /// Are stores seen by others?
    pub fn is_shared(&self) -> bool {
        matches!(
            self.backing,
            Backing::Shared { .. } | Backing::File { shared: true, .. }
        )
    }

    /// Cuts off what lies at and after `address`.
    pub fn split_off(&mut self, address: usize) -> Region {
        debug_assert!(
            self.start < address && address < self.end && address.is_multiple_of(PAGE_SIZE)
        );
        let rest = Region {
            start: address,
            end: self.end,
            protection: self.protection,
            backing: self.backing.advanced((address - self.start) as u64),
            purpose: self.purpose,
        };
        self.end = address;
        rest
    }

    /// Can `next` be made part of this region?
    pub fn continues_with(&self, next: &Region) -> bool {
        self.end == next.start
            && self.protection == next.protection
            && self.purpose == next.purpose
            && match (&self.backing, &next.backing) {
                (Backing::Anonymous, Backing::Anonymous) => true,
                (
                    Backing::File {
                        file,
                        offset,
                        shared,
                    },
                    Backing::File {
                        file: next_file,
                        offset: next_offset,
                        shared: next_shared,
                    },
                ) => {
                    Rc::ptr_eq(file, next_file)
                        && shared == next_shared
                        && offset + self.length() as u64 == *next_offset
                }
                _ => false,
            }
    }
}
