// SPDX-License-Identifier: MIT OR Apache-2.0
//! The startup image as the parent sees it: pages, some shared by all children, some for each child.
use alloc::vec::Vec;

use elf::ElfBytes;
use elf::abi;
use elf::endian::LittleEndian;

use crate::handover::layout::{PAGE, START, STARTUP_END};

/// The `e_machine` of the architecture that this is built for.
const MACHINE: u16 = if cfg!(target_arch = "aarch64") {
    abi::EM_AARCH64
} else {
    abi::EM_X86_64
};

/// One page of the startup program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where it is mapped.
    pub address: u64,
    /// Whether the program writes to it.
    pub writable: bool,
    /// Whether it executes what is in it.
    pub executable: bool,
    /// The page of the image, counted from 0, that it is as it stands: all children can share it.
    pub shared: Option<u64>,
    /// What of the image is in it; the rest of a page that is not shared is zero.
    pub copied: Option<Copied>,
}

/// A part of the image that is copied into a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The first byte in the page.
    pub to: usize,
    /// The first byte in the image.
    pub from: usize,
    /// How many bytes.
    pub length: usize,
}

/// The startup program as pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The address of its first instruction.
    pub entry: u64,
    /// In ascending order of addresses, which are all different.
    pub pages: Vec<Page>,
}

/// The image is no static executable of this architecture, or not one between [`START`] and [`STARTUP_END`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoStartup;

impl Plan {
    /// The pages of an ELF image, which lie between [`START`] and [`STARTUP_END`].
    ///
    /// # Errors
    /// [`NoStartup`].
    pub fn new(image: &[u8]) -> Result<Self, NoStartup> {
        let file = ElfBytes::<LittleEndian>::minimal_parse(image).map_err(|_| NoStartup)?;
        let header = file.ehdr;
        if header.e_type != abi::ET_EXEC || header.e_machine != MACHINE {
            return Err(NoStartup);
        }
        let mut pages: Vec<Page> = Vec::new();
        for segment in file.segments().ok_or(NoStartup)? {
            if segment.p_type != abi::PT_LOAD || segment.p_memsz == 0 {
                continue;
            }
            let sound = segment.p_filesz <= segment.p_memsz
                && segment.p_vaddr >= START
                && (segment.p_vaddr.checked_add(segment.p_memsz))
                    .is_some_and(|end| end <= STARTUP_END)
                && (segment.p_offset.checked_add(segment.p_filesz))
                    .is_some_and(|end| end <= image.len() as u64)
                && segment.p_offset % PAGE == segment.p_vaddr % PAGE;
            if !sound {
                return Err(NoStartup);
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
            return Err(NoStartup);
        }
        Ok(Plan {
            entry: header.e_entry,
            pages,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A segment: flags, address, offset, bytes in the file, bytes in memory.
    type Segment = (u32, u64, u64, u64, u64);

    /// An ELF image with these segments.
    fn image(entry: u64, segments: &[Segment], length: usize) -> Vec<u8> {
        let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0];
        bytes.resize(16, 0);
        bytes.extend(abi::ET_EXEC.to_le_bytes());
        bytes.extend(MACHINE.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        for word in [entry, 64, 0] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(0u32.to_le_bytes());
        for half in [64, 56, segments.len() as u16, 64, 0, 0] {
            bytes.extend(half.to_le_bytes());
        }
        for (flags, address, offset, in_file, in_memory) in segments {
            bytes.extend(abi::PT_LOAD.to_le_bytes());
            bytes.extend(flags.to_le_bytes());
            for word in [offset, address, address, in_file, in_memory, &PAGE] {
                bytes.extend(word.to_le_bytes());
            }
        }
        bytes.resize(length.max(bytes.len()), 0xaa);
        bytes
    }

    #[test]
    fn constant_pages_are_shared_and_others_copied() {
        let (text, data) = (abi::PF_R | abi::PF_X, abi::PF_R | abi::PF_W);
        let segments = [
            (text, START + 0x40, 0x40, 0x1800, 0x1800),
            (data, START + 0x3840, 0x1840, 0x10, 0x1000),
        ];
        let plan = Plan::new(&image(START + 0x40, &segments, 0x2000)).unwrap();
        assert_eq!(plan.entry, START + 0x40);
        let copied = Copied {
            to: 0x840,
            from: 0x1840,
            length: 0x10,
        };
        let shared: Vec<_> = plan.pages.iter().map(|page| page.shared).collect();
        assert_eq!(shared, [Some(0), Some(1), None, None]);
        let addresses: Vec<_> = plan.pages.iter().map(|page| page.address - START).collect();
        assert_eq!(addresses, [0, 0x1000, 0x3000, 0x4000]);
        assert_eq!(plan.pages[2].copied, Some(copied));
        assert_eq!(plan.pages[3].copied, None);
        assert!(plan.pages[1].executable && plan.pages[2].writable && !plan.pages[2].executable);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let text = abi::PF_R | abi::PF_X;
        let refused = |segments: &[Segment]| {
            assert_eq!(Plan::new(&image(START, segments, 0x2000)), Err(NoStartup));
        };
        refused(&[]);
        refused(&[(text, START - PAGE, 0, 0x100, 0x100)]);
        refused(&[(text, STARTUP_END - PAGE, 0, 0x100, 0x1001)]);
        refused(&[(text, START, 0, 0x3000, 0x3000)]);
        refused(&[(text, START, 0, 0x200, 0x100)]);
        refused(&[(text, START + 8, 0, 0x100, 0x100)]);
        refused(&[(text, u64::MAX - 8, PAGE - 9, 0x100, 0x100)]);
        // Two segments in one page.
        refused(&[
            (text, START, 0, 0x10, 0x10),
            (text, START + 0x20, 0x20, 0x10, 0x10),
        ]);
        assert_eq!(Plan::new(b"not an ELF image"), Err(NoStartup));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_plan_or_refused(bytes: Vec<u8>) {
            let _ = Plan::new(&bytes);
        }

        #[test]
        fn a_spoilt_image_never_leads_outside(at in 0usize..200, value: u8, length in 0usize..0x2000) {
            let segments = [
                (abi::PF_R | abi::PF_X, START, 0, 0x1800, 0x1800),
                (abi::PF_R | abi::PF_W, START + 0x3800, 0x1800, 0x100, 0x1000),
            ];
            let mut bytes = image(START, &segments, 0x2000);
            bytes[at] = value;
            bytes.truncate(length);
            for page in Plan::new(&bytes).map(|plan| plan.pages).unwrap_or_default() {
                prop_assert!(page.address >= START && page.address + PAGE <= STARTUP_END);
                if let Some(copied) = page.copied {
                    prop_assert!(copied.to + copied.length <= PAGE as usize);
                    prop_assert!(copied.from + copied.length <= bytes.len());
                }
            }
        }
    }
}
