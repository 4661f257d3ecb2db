// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing the boot image: an ELF file whose virtual addresses are the physical ones.

use super::Problem;
use super::input::Segment;
use crate::PAGE_SIZE;
use object::Endianness;
use object::elf;
use object::write::elf::{FileHeader, ProgramHeader, Writer};

/// Bytes and the physical address at which they are to lie.
pub(super) struct Placed<'data> {
    address: u64,
    data: &'data [u8],
    /// Size in memory; the rest is zero.
    memory: u64,
}

impl<'data> Placed<'data> {
    /// A segment at that address.
    pub(super) fn segment(segment: &Segment<'data>, address: u64) -> Self {
        Self {
            address,
            data: segment.data,
            memory: segment.memory,
        }
    }

    /// Plain bytes at that address.
    pub(super) fn bytes(address: u64, data: &'data [u8]) -> Self {
        Self {
            address,
            data,
            memory: data.len() as u64,
        }
    }
}

/// The file with these segments, entered at the physical address `entry`.
pub(super) fn write(entry: u64, segments: &[Placed<'_>]) -> Result<Vec<u8>, Problem> {
    let mut file = Vec::new();
    let mut writer = Writer::new(Endianness::Little, true, &mut file);
    writer.reserve_file_header();
    let count = u32::try_from(segments.len()).unwrap_or(u32::MAX);
    writer.reserve_program_headers(count);
    let mut headers = Vec::new();
    for segment in segments {
        // ELF wants the same place within a page in the file as in memory.
        let place = writer.reserved_len().next_multiple_of(PAGE_SIZE) + segment.address % PAGE_SIZE;
        writer.reserve_until(place);
        writer.reserve(segment.data.len() as u64, 1);
        headers.push(ProgramHeader {
            p_type: elf::PT_LOAD,
            p_flags: elf::PF_R | elf::PF_W | elf::PF_X,
            p_offset: place,
            p_vaddr: segment.address,
            p_paddr: segment.address,
            p_filesz: segment.data.len() as u64,
            p_memsz: segment.memory,
            p_align: PAGE_SIZE,
        });
    }
    writer
        .write_file_header(&FileHeader {
            os_abi: elf::ELFOSABI_NONE,
            abi_version: 0,
            e_type: elf::ET_EXEC,
            e_machine: elf::EM_AARCH64,
            e_entry: entry,
            e_flags: elf::FileFlags(0),
        })
        .map_err(|error| Problem::Elf(error.to_string()))?;
    writer.write_align_program_headers();
    for header in &headers {
        writer.write_program_header(header);
    }
    for (segment, header) in segments.iter().zip(&headers) {
        writer.pad_until(header.p_offset);
        writer.write(segment.data);
    }
    Ok(file)
}
