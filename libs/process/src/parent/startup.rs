// SPDX-License-Identifier: MIT OR Apache-2.0
//! The startup image as the parent sees it.
use alloc::vec::Vec;

use elf::ElfBytes;
use elf::abi;
use elf::endian::LittleEndian;

use super::{CreateError, Frames};
use crate::handover::layout::{PAGE, START, STARTUP_END};

/// The `e_machine` of the architecture that this is built for.
const MACHINE: u16 = if cfg!(target_arch = "aarch64") {
    abi::EM_AARCH64
} else {
    abi::EM_X86_64
};

/// The startup program's ELF image.
#[derive(Clone, Copy, Debug)]
pub struct Startup<'a> {
    /// Its bytes, for reading.
    pub bytes: &'a [u8],
    /// The same as frames. Pages that need not be changed are shared with all children, read-only.
    pub frames: Frames,
}

/// One page of the startup program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) address: u64,
    pub(super) writable: bool,
    pub(super) executable: bool,
    /// The page of the image that it shares, if it is nothing but that.
    pub(super) shared: Option<u64>,
    /// What is copied to where in a fresh page.
    pub(super) copied: Option<Copied>,
}

/// A part of the image that is copied into a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    pub(super) to: usize,
    pub(super) from: usize,
    pub(super) length: usize,
}

/// The startup program as pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) entry: u64,
    pub(super) pages: Vec<Page>,
}

impl Startup<'_> {
    /// Its pages. They lie between [`START`] and [`STARTUP_END`].
    pub(super) fn plan(&self) -> Result<Plan, CreateError> {
        let file = ElfBytes::<LittleEndian>::minimal_parse(self.bytes)
            .map_err(|_| CreateError::Startup)?;
        let header = file.ehdr;
        if header.e_type != abi::ET_EXEC || header.e_machine != MACHINE {
            return Err(CreateError::Startup);
        }
        let mut pages: Vec<Page> = Vec::new();
        for segment in file.segments().ok_or(CreateError::Startup)? {
            if segment.p_type != abi::PT_LOAD || segment.p_memsz == 0 {
                continue;
            }
            let sound = segment.p_filesz <= segment.p_memsz
                && segment.p_vaddr >= START
                && (segment.p_vaddr.checked_add(segment.p_memsz))
                    .is_some_and(|end| end <= STARTUP_END)
                && (segment.p_offset.checked_add(segment.p_filesz))
                    .is_some_and(|end| end <= self.bytes.len() as u64)
                && segment.p_offset % PAGE == segment.p_vaddr % PAGE;
            if !sound {
                return Err(CreateError::Startup);
            }
            let writable = segment.p_flags & abi::PF_W != 0;
            let executable = segment.p_flags & abi::PF_X != 0;
            let end = segment.p_vaddr + segment.p_memsz;
            let file_end = segment.p_vaddr + segment.p_filesz;
            for address in (segment.p_vaddr / PAGE * PAGE..end).step_by(PAGE as usize) {
                let from = address.max(segment.p_vaddr);
                let to = (address + PAGE).min(file_end);
                let in_file = |at: u64| (at - segment.p_vaddr + segment.p_offset) as usize;
                let copied = (from < to).then(|| Copied {
                    to: (from - address) as usize,
                    from: in_file(from),
                    length: (to - from) as usize,
                });
                // Nothing of the page is bss: what surrounds the segment in the image is constant as well.
                let shared = (!writable && from < to && end.min(address + PAGE) == to)
                    .then(|| in_file(from) as u64 / PAGE);
                pages.push(Page {
                    address,
                    writable,
                    executable,
                    shared,
                    copied,
                });
            }
        }
        pages.sort_by_key(|page| page.address);
        let distinct = pages.windows(2).all(|two| two[0].address != two[1].address);
        if pages.is_empty() || !distinct {
            return Err(CreateError::Startup);
        }
        Ok(Plan {
            entry: header.e_entry,
            pages,
        })
    }
}
