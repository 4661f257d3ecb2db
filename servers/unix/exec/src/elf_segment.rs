// SPDX-License-Identifier: MIT OR Apache-2.0
//! One segment of an image, as the file says it and as pages.
use crate::{ElfError, PAGE_SIZE, page_ceiling, page_floor};
use core::ops::Range;
use elf::segment::ProgramHeader;

/// What a segment's pages allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Protection {
    /// Loads.
    pub read: bool,
    /// Stores.
    pub write: bool,
    /// Instruction fetches.
    pub execute: bool,
}

impl Protection {
    /// From the flag bits of a program header.
    pub(crate) const fn from_flags(flags: u32) -> Protection {
        Protection {
            read: flags & elf::abi::PF_R != 0,
            write: flags & elf::abi::PF_W != 0,
            execute: flags & elf::abi::PF_X != 0,
        }
    }
}

/// A part of the image to load. What the file does not fill is zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// The first byte's address (not rounded to a page).
    pub address: usize,
    /// Bytes in memory; never 0.
    pub memory_size: usize,
    /// Where the bytes are in the file; the same place in its page as `address` in its.
    pub file_offset: usize,
    /// Bytes out of the file, not more than `memory_size`.
    pub file_size: usize,
    /// What the pages allow.
    pub protection: Protection,
}

/// A segment as `mmap` would have it: whole pages of the file, then pages of zeros.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MappedSegment {
    /// First address of the pages that show the file; page-aligned.
    pub start: usize,
    /// The place of `start` in the file; page-aligned.
    pub file_offset: usize,
    /// End of the pages that show the file, page-aligned; equal to `start` if there are none.
    pub file_end: usize,
    /// What to fill with zeros in the last page that shows the file (empty if there is nothing to
    /// fill). Linux does this only where the segment has more memory than file, and so do we.
    pub zero: (usize, usize),
    /// End of the segment; the pages from `file_end` to here are anonymous. Page-aligned.
    pub end: usize,
    /// What the pages allow.
    pub protection: Protection,
}

impl Segment {
    /// Checks what can be said of one `PT_LOAD` header alone. `None` for an empty segment.
    pub(crate) fn from_header(
        index: usize,
        header: &ProgramHeader,
        file: impl FnOnce(usize) -> Result<(), ElfError>,
    ) -> Result<Option<Segment>, ElfError> {
        if header.p_filesz > header.p_memsz {
            return Err(ElfError::FileLargerThanMemory { index });
        }
        if header.p_memsz == 0 {
            return Ok(None);
        }
        if header.p_align > 1 && !header.p_align.is_power_of_two() {
            return Err(ElfError::Alignment { index });
        }
        let page = PAGE_SIZE as u64 - 1;
        if header.p_filesz != 0 && header.p_vaddr & page != header.p_offset & page {
            return Err(ElfError::NotCongruent { index });
        }
        let segment = Segment {
            address: header.p_vaddr as usize,
            memory_size: header.p_memsz as usize,
            file_offset: header.p_offset as usize,
            file_size: header.p_filesz as usize,
            protection: Protection::from_flags(header.p_flags),
        };
        let end = segment.address.checked_add(segment.memory_size);
        end.and_then(page_ceiling)
            .ok_or(ElfError::Wraps { index })?;
        let file_end = segment.file_offset.checked_add(segment.file_size);
        let needed = file_end.ok_or(ElfError::Wraps { index })?;
        if segment.file_size != 0 {
            file(needed)?;
        }
        Ok(Some(segment))
    }

    /// The address behind the last byte.
    pub const fn end(&self) -> usize {
        // `from_header` and `LoadPlan::read` have checked that this does not wrap.
        self.address.saturating_add(self.memory_size)
    }

    /// The addresses of all pages that the segment touches.
    pub const fn pages(&self) -> Range<usize> {
        let end = match page_ceiling(self.end()) {
            Some(end) => end,
            None => page_floor(usize::MAX),
        };
        page_floor(self.address)..end
    }

    /// The segment in whole pages.
    pub const fn mapped(&self) -> MappedSegment {
        let pages = self.pages();
        let file_byte_end = self.address.saturating_add(self.file_size);
        let file_end = match (self.file_size, page_ceiling(file_byte_end)) {
            (0, _) | (_, None) => pages.start,
            (_, Some(end)) => end,
        };
        let has_zeros = self.memory_size > self.file_size && file_end > pages.start;
        MappedSegment {
            start: pages.start,
            file_offset: page_floor(self.file_offset),
            file_end,
            zero: if has_zeros {
                (file_byte_end, file_end)
            } else {
                (file_end, file_end)
            },
            end: pages.end,
            protection: self.protection,
        }
    }
}
