// SPDX-License-Identifier: MIT OR Apache-2.0
//! ELF files reduced to what is loaded: segments without sections, symbols and debug information.
use object::elf::{
    self, ET_EXEC, FileHeader64, Machine, PF_R, PT_LOAD, PT_TLS, ProgramFlags, ProgramType,
};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::write::elf::{FileHeader, ProgramHeader, Writer};
use object::{Endianness, LittleEndian};

use crate::{Arch, Error, Result};

/// The page size that segments are aligned to in files that are written here.
const PAGE: u64 = croft_manifest::PAGE;

/// A program as its loadable segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    machine: Machine,
    entry: u64,
    segments: Vec<Segment>,
}

/// One segment of a [`Program`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    kind: ProgramType,
    flags: ProgramFlags,
    /// Its first address.
    pub address: u64,
    /// Its length in memory, in bytes.
    pub length: u64,
    align: u64,
    /// What the file holds of it; the rest is zero.
    pub data: Vec<u8>,
}

impl Program {
    /// Reads a program that was built for `arch`; `what` names it in errors.
    ///
    /// # Errors
    /// [`Error::BadImage`] if it is not an executable of that architecture or is cut short.
    pub fn read(what: &str, bytes: &[u8], arch: Arch) -> Result<Self> {
        let refuse = |why: &str| Error::BadImage {
            what: what.to_owned(),
            why: why.to_owned(),
        };
        let header = FileHeader64::<LittleEndian>::parse(bytes)
            .map_err(|_| refuse("it is not a 64-bit ELF file"))?;
        let endian = LittleEndian;
        if header.e_machine(endian) != arch.elf_machine() {
            return Err(refuse(&format!("it is not for {arch}")));
        }
        if header.e_type(endian) != ET_EXEC {
            return Err(refuse("it is not linked to fixed addresses"));
        }
        let headers = header
            .program_headers(endian, bytes)
            .map_err(|_| refuse("it is cut short"))?;
        let mut segments = Vec::new();
        for header in headers {
            let kind = header.p_type(endian);
            if kind != PT_LOAD && kind != PT_TLS {
                continue;
            }
            let data = header
                .data(endian, bytes)
                .map_err(|()| refuse("it is cut short"))?;
            let length = header.p_memsz(endian);
            if length < data.len() as u64 || header.p_vaddr(endian).checked_add(length).is_none() {
                return Err(refuse("a segment has an impossible size"));
            }
            segments.push(Segment {
                kind,
                flags: header.p_flags(endian),
                address: header.p_vaddr(endian),
                length,
                align: header.p_align(endian),
                data: data.to_vec(),
            });
        }
        let program = Program {
            machine: header.e_machine(endian),
            entry: header.e_entry(endian),
            segments,
        };
        if program.loaded().next().is_none() {
            return Err(refuse("it has nothing to load"));
        }
        Ok(program)
    }

    /// The segments that are loaded.
    pub fn loaded(&self) -> impl Iterator<Item = &Segment> {
        self.segments
            .iter()
            .filter(|segment| segment.kind == PT_LOAD)
    }

    /// The first address behind all segments.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.loaded()
            .map(|segment| segment.address + segment.length)
            .max()
            .unwrap_or(0)
    }

    /// Adds a read-only segment at the first page behind all others and tells its address.
    pub fn append(&mut self, data: Vec<u8>) -> u64 {
        let address = self.end().next_multiple_of(PAGE);
        self.segments.push(Segment {
            kind: PT_LOAD,
            flags: PF_R,
            address,
            length: data.len() as u64,
            align: PAGE,
            data,
        });
        address
    }

    /// The program as an ELF file that holds its segments and nothing else.
    ///
    /// # Errors
    /// [`Error::BadImage`] if it is too large for the file format.
    pub fn write(&self) -> Result<Vec<u8>> {
        let failed = |error: object::write::Error| Error::BadImage {
            what: "an ELF file".to_owned(),
            why: error.to_string(),
        };
        let count = self.segments.len() as u32;
        let mut bytes = Vec::new();
        let mut writer = Writer::new(Endianness::Little, true, &mut bytes);
        writer.reserve_file_header();
        writer.reserve_program_headers(count);
        // Offset and address of a segment are equal modulo its alignment, as loaders expect.
        let offsets: Vec<u64> = self
            .segments
            .iter()
            .map(|segment| {
                let page = writer.reserve(0, PAGE);
                let offset = page + segment.address % PAGE;
                writer.reserve_until(offset);
                writer.reserve(segment.data.len() as u64, 1);
                offset
            })
            .collect();
        writer
            .write_file_header(&FileHeader {
                os_abi: elf::ELFOSABI_NONE,
                abi_version: 0,
                e_type: ET_EXEC,
                e_machine: self.machine,
                e_entry: self.entry,
                e_flags: elf::FileFlags(0),
            })
            .map_err(failed)?;
        writer.write_align_program_headers();
        for (segment, offset) in self.segments.iter().zip(&offsets) {
            writer.write_program_header(&ProgramHeader {
                p_type: segment.kind,
                p_flags: segment.flags,
                p_offset: *offset,
                p_vaddr: segment.address,
                p_paddr: segment.address,
                p_filesz: segment.data.len() as u64,
                p_memsz: segment.length,
                p_align: segment.align,
            });
        }
        for (segment, offset) in self.segments.iter().zip(&offsets) {
            writer.pad_until(*offset);
            writer.write(&segment.data);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small program: code, data with zeroed memory behind it, thread-local data.
    pub(crate) fn program() -> Program {
        let segment = |kind, flags: u32, address, length, data: &[u8]| Segment {
            kind,
            flags: ProgramFlags(flags),
            address,
            length,
            align: PAGE,
            data: data.to_vec(),
        };
        Program {
            machine: Arch::X86_64.elf_machine(),
            entry: 0x40_1005,
            segments: vec![
                segment(PT_LOAD, 5, 0x40_1005, 7, b"\x90\x90\x90\x90\x90\x90\x90"),
                segment(PT_LOAD, 6, 0x40_2f00, 0x1200, b"data"),
                segment(PT_TLS, 4, 0x40_2f00, 4, b"data"),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = program().write().unwrap();
        assert_eq!(
            Program::read("it", &bytes, Arch::X86_64).unwrap(),
            program()
        );
    }

    #[test]
    fn the_payload_follows_the_zeroed_data() {
        let mut program = program();
        // The data ends at 0x404100.
        assert_eq!(program.append(vec![7; 10_000]), 0x40_5000);
        let bytes = program.write().unwrap();
        let header = FileHeader64::<LittleEndian>::parse(&*bytes).unwrap();
        assert_eq!(header.e_entry(LittleEndian), 0x40_1005);
        let headers = header.program_headers(LittleEndian, &*bytes).unwrap();
        let last = headers.last().unwrap();
        assert_eq!(last.p_vaddr(LittleEndian), 0x40_5000);
        assert_eq!(last.p_offset(LittleEndian) % PAGE, 0);
        assert_eq!(last.data(LittleEndian, &*bytes).unwrap(), vec![7; 10_000]);
        assert_eq!(last.p_flags(LittleEndian), PF_R);
        for header in headers {
            let (address, offset) = (header.p_vaddr(LittleEndian), header.p_offset(LittleEndian));
            assert_eq!(address % PAGE, offset % PAGE);
        }
    }

    #[test]
    fn what_is_no_program_is_refused() {
        let good = program().write().unwrap();
        let refused = |bytes: &[u8], arch, why: &str| {
            let error = Program::read("the root task", bytes, arch)
                .unwrap_err()
                .to_string();
            assert!(
                error.starts_with("the root task: ") && error.contains(why),
                "{error}"
            );
        };
        refused(b"#!/bin/sh\n", Arch::X86_64, "not a 64-bit ELF");
        refused(&good, Arch::Aarch64, "not for aarch64");
        refused(&good[..good.len() - 1], Arch::X86_64, "cut short");
        refused(&good[..100], Arch::X86_64, "cut short");
        let mut dynamic = good.clone();
        dynamic[16] = 3;
        refused(&dynamic, Arch::X86_64, "fixed addresses");
    }
}
