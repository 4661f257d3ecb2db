// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an ELF image to a list of pages.

use croft_process::handover::{Failure, layout};
use elf::{
    abi, endian::LittleEndian, file::FileHeader, segment::ProgramHeader, segment::SegmentTable,
};
use heapless::Vec;

/// Bytes of a page.
pub const PAGE: u64 = layout::PAGE;

/// The `e_machine` of the architecture that this is built for.
pub const MACHINE: u16 = if cfg!(target_arch = "aarch64") {
    abi::EM_AARCH64
} else {
    abi::EM_X86_64
};

/// The most segments that an image may have.
const SEGMENTS: usize = 16;

/// The lowest address that a segment may have: the first page stays empty, so that a null pointer faults.
const LOWEST: u64 = PAGE;

/// What may be done with a segment's pages beside reading them. Never both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Constants.
    Read,
    /// Data.
    Write,
    /// Code.
    Execute,
}

/// A loadable segment, checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Where it begins in memory.
    pub address: u64,
    /// Bytes in memory; those behind `file_length` are zero.
    pub length: u64,
    /// Where it begins in the image; the same as `address` within a page.
    pub offset: u64,
    /// Bytes in the image.
    pub file_length: u64,
    /// Rights.
    pub access: Access,
}

/// What an image says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The address of the first instruction.
    pub entry: u64,
    /// In ascending order of addresses; no two share a page.
    pub segments: Vec<Segment, SEGMENTS>,
}

/// One page of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// Its address.
    pub address: u64,
    /// Rights.
    pub access: Access,
    /// What is in it.
    pub source: Source,
}

/// Where a page's content comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// It is that page of the image, unchanged and read-only.
    Image {
        /// Counted from 0.
        page: u64,
    },
    /// A fresh page with bytes `from .. to` of that page of the image at the same place in it.
    Copy {
        /// Counted from 0.
        page: u64,
        /// First byte.
        from: usize,
        /// Behind the last byte; at most [`PAGE`].
        to: usize,
    },
    /// A fresh page of zeros.
    Zero,
}

/// The failure and its detail, for [`croft_process::handover::Parenthood::failed`].
type Error = (Failure, u64);

impl Plan {
    /// Reads the headers out of the image's first page; `length` is the length of the whole image.
    ///
    /// # Errors
    /// [`Failure::NotExecutable`] if it is no static executable of this architecture; [`Failure::BadSegment`] with the
    /// segment's address if one lies outside of the image or of the program's address range, is writable and executable,
    /// or overlaps another.
    pub fn new(first_page: &[u8], length: u64, machine: u16) -> Result<Self, Error> {
        let not_executable = |_| (Failure::NotExecutable, 0);
        // The parser takes for granted that the identification is all there.
        if first_page.len() < abi::EI_NIDENT {
            return Err((Failure::NotExecutable, 0));
        }
        let ident = elf::file::parse_ident::<LittleEndian>(first_page).map_err(not_executable)?;
        let class = ident.1;
        let tail = first_page.get(abi::EI_NIDENT..).unwrap_or_default();
        let header = FileHeader::parse_tail(ident, tail).map_err(not_executable)?;
        if class != elf::file::Class::ELF64
            || header.e_type != abi::ET_EXEC
            || header.e_machine != machine
        {
            return Err((Failure::NotExecutable, 0));
        }
        let table = usize::try_from(header.e_phoff).ok();
        let size = usize::from(header.e_phentsize) * usize::from(header.e_phnum);
        let table = table
            .and_then(|start| first_page.get(start..start.checked_add(size)?))
            .ok_or((Failure::NotExecutable, header.e_phoff))?;

        let mut plan = Self {
            entry: header.e_entry,
            segments: Vec::new(),
        };
        for header in SegmentTable::new(LittleEndian, class, table).iter() {
            if header.p_type == abi::PT_LOAD && header.p_memsz > 0 {
                plan.add(&header, length)?;
            }
        }
        let starts_in = |segment: &Segment| {
            segment.access == Access::Execute
                && (segment.address..segment.address + segment.file_length).contains(&plan.entry)
        };
        if !plan.segments.iter().any(starts_in) {
            return Err((Failure::NotExecutable, plan.entry));
        }
        Ok(plan)
    }

    fn add(&mut self, header: &ProgramHeader, image: u64) -> Result<(), Error> {
        let bad = (Failure::BadSegment, header.p_vaddr);
        let lowest = self
            .segments
            .last()
            .map_or(LOWEST, |last| page_up(last.address + last.length));
        let end = header.p_vaddr.checked_add(header.p_memsz).ok_or(bad)?;
        let file_end = header.p_offset.checked_add(header.p_filesz).ok_or(bad)?;
        let access = match (
            header.p_flags & abi::PF_W != 0,
            header.p_flags & abi::PF_X != 0,
        ) {
            (true, true) => return Err(bad),
            (true, false) => Access::Write,
            (false, true) => Access::Execute,
            (false, false) => Access::Read,
        };
        let in_place = page_down(header.p_vaddr) >= lowest && end <= layout::START;
        let in_image = header.p_filesz <= header.p_memsz && file_end <= image;
        let aligned = header.p_vaddr % PAGE == header.p_offset % PAGE;
        if !(in_place && in_image && aligned) {
            return Err(bad);
        }
        let segment = Segment {
            address: header.p_vaddr,
            length: header.p_memsz,
            offset: header.p_offset,
            file_length: header.p_filesz,
            access,
        };
        self.segments.push(segment).map_err(|_| bad)
    }

    /// All pages in ascending order.
    pub fn pages(&self) -> impl Iterator<Item = Page> + '_ {
        self.segments.iter().flat_map(Segment::pages)
    }

    /// How many pages need fresh memory.
    pub fn fresh_pages(&self) -> u64 {
        self.pages()
            .filter(|page| !matches!(page.source, Source::Image { .. }))
            .count() as u64
    }
}

impl Segment {
    /// Its pages in ascending order.
    pub fn pages(&self) -> impl Iterator<Item = Page> + use<> {
        let segment = *self;
        let first = page_down(segment.address) / PAGE;
        let end = page_up(segment.address + segment.length) / PAGE;
        (first..end).map(move |number| segment.page(number * PAGE))
    }

    fn page(&self, address: u64) -> Page {
        let file_end = self.address + self.file_length;
        let from = self.address.max(address);
        let to = file_end.min(address + PAGE);
        let source = if from >= to {
            Source::Zero
        } else {
            let page = (self.offset + (from - self.address)) / PAGE;
            let whole = to - from == PAGE && self.access != Access::Write;
            match whole {
                true => Source::Image { page },
                // Both are offsets in one page.
                false => Source::Copy {
                    page,
                    from: (from - address) as usize,
                    to: (to - address) as usize,
                },
            }
        };
        Page {
            address,
            access: self.access,
            source,
        }
    }
}

const fn page_down(address: u64) -> u64 {
    address & !(PAGE - 1)
}

/// The argument is at most [`layout::START`], so this does not overflow.
const fn page_up(address: u64) -> u64 {
    page_down(address + PAGE - 1)
}

#[cfg(test)]
mod tests;
