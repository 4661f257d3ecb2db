// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading an ELF file that is to be loaded at fixed addresses.

use super::{File, PackError, Problem};
use object::elf;
use object::read::elf::{ElfFile64, FileHeader, ProgramHeader};
use object::{LittleEndian, Object, ObjectSymbol};

/// Bounds of addresses, which also keep all later sums in range. Virtual: below the last pages.
const VIRTUAL_TOP: u64 = u64::MAX - (1 << 21);

/// Physical: what the architecture has at most.
const PHYSICAL_TOP: u64 = 1 << 52;

/// A loadable segment.
pub(super) struct Segment<'data> {
    pub(super) virtual_address: u64,
    pub(super) physical: u64,
    /// Its bytes in the file.
    pub(super) data: &'data [u8],
    /// Its size in memory, at least as many bytes as `data`; the rest is zero.
    pub(super) memory: u64,
}

/// An ELF file, checked: there is a segment, none is beyond the address space, none overlap.
pub(super) struct Input<'data> {
    name: File,
    elf: ElfFile64<'data, LittleEndian>,
    pub(super) entry: u64,
    /// In order of virtual address.
    pub(super) segments: Vec<Segment<'data>>,
}

impl<'data> Input<'data> {
    pub(super) fn read(name: File, bytes: &'data [u8]) -> Result<Self, PackError> {
        let problem = |problem| PackError {
            file: name,
            problem,
        };
        let refused = |error: object::Error| problem(Problem::Elf(error.to_string()));
        let elf = ElfFile64::<LittleEndian>::parse(bytes).map_err(refused)?;
        let header = elf.elf_header();
        let endian = header.endian().map_err(refused)?;
        if header.e_machine(endian) != elf::EM_AARCH64 || header.e_type(endian) != elf::ET_EXEC {
            return Err(problem(Problem::WrongKind));
        }
        let mut segments = Vec::new();
        for raw in elf.elf_program_headers() {
            if raw.p_type(endian) != elf::PT_LOAD || raw.p_memsz(endian) == 0 {
                continue;
            }
            let virtual_address = raw.p_vaddr(endian);
            let bad = || problem(Problem::BadSegment { virtual_address });
            let segment = Segment {
                virtual_address,
                physical: raw.p_paddr(endian),
                data: raw.data(endian, bytes).map_err(|()| bad())?,
                memory: raw.p_memsz(endian),
            };
            let fits = |start: u64, top: u64| {
                start
                    .checked_add(segment.memory)
                    .is_some_and(|end| end <= top)
            };
            if segment.data.len() as u64 > segment.memory
                || !fits(segment.virtual_address, VIRTUAL_TOP)
                || !fits(segment.physical, PHYSICAL_TOP)
            {
                return Err(bad());
            }
            segments.push(segment);
        }
        segments.sort_by_key(|segment| segment.virtual_address);
        let entry = header.e_entry(endian);
        let input = Self {
            name,
            elf,
            entry,
            segments,
        };
        input.check()?;
        Ok(input)
    }

    fn check(&self) -> Result<(), PackError> {
        if self.segments.is_empty() {
            return Err(self.problem(Problem::Empty));
        }
        for pair in self.segments.windows(2) {
            if pair[0].virtual_address + pair[0].memory > pair[1].virtual_address {
                return Err(self.problem(Problem::Overlap {
                    virtual_address: pair[1].virtual_address,
                }));
            }
        }
        let holds_entry = |segment: &Segment<'_>| {
            self.entry >= segment.virtual_address
                && self.entry - segment.virtual_address < segment.memory
        };
        if !self.segments.iter().any(holds_entry) {
            return Err(self.problem(Problem::EntryOutside { entry: self.entry }));
        }
        Ok(())
    }

    /// This file has that problem.
    pub(super) fn problem(&self, problem: Problem) -> PackError {
        PackError {
            file: self.name,
            problem,
        }
    }

    /// The lowest virtual address.
    pub(super) fn virtual_start(&self) -> u64 {
        self.segments[0].virtual_address
    }

    /// The virtual address after the last byte.
    pub(super) fn virtual_end(&self) -> u64 {
        let last = &self.segments[self.segments.len() - 1];
        last.virtual_address + last.memory
    }

    /// The lowest physical address.
    pub(super) fn physical_start(&self) -> u64 {
        let starts = self.segments.iter().map(|segment| segment.physical);
        starts.fold(u64::MAX, u64::min)
    }

    /// The highest physical address after a segment.
    pub(super) fn physical_end(&self) -> u64 {
        let ends = self.segments.iter().map(|s| s.physical + s.memory);
        ends.fold(0, u64::max)
    }

    /// Virtual minus physical address, when it is the same for all segments.
    pub(super) fn offset(&self) -> Result<u64, PackError> {
        let of = |segment: &Segment<'_>| segment.virtual_address.wrapping_sub(segment.physical);
        let offset = of(&self.segments[0]);
        if self.segments.iter().all(|segment| of(segment) == offset) {
            Ok(offset)
        } else {
            Err(self.problem(Problem::SeveralOffsets))
        }
    }

    /// The bytes of all segments in one piece, as they lie in memory.
    pub(super) fn flat(&self) -> Vec<u8> {
        let start = self.virtual_start();
        let mut bytes = Vec::new();
        for segment in &self.segments {
            if !segment.data.is_empty() {
                bytes.resize((segment.virtual_address - start) as usize, 0);
                bytes.extend_from_slice(segment.data);
            }
        }
        bytes
    }

    /// The value of a symbol of that name.
    pub(super) fn symbol(&self, name: &str) -> Option<u64> {
        let mut symbols = self.elf.symbols();
        let found = symbols.find(|symbol| symbol.name() == Ok(name) && !symbol.is_undefined())?;
        Some(found.address())
    }
}
