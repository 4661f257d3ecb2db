// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two parts of an ELF file that loading reads: the file header and the program headers.
use crate::{Architecture, ElfError, ImageReader};
use alloc::vec;
use alloc::vec::Vec;
use elf::endian::LittleEndian;
use elf::file::{Class, FileHeader};
use elf::parse::ParsingIterator;
use elf::segment::ProgramHeader;

/// Bytes of a 64-bit file header.
const FILE_HEADER: usize = 64;
/// Bytes of the identification at its start.
const IDENTIFICATION: usize = elf::abi::EI_NIDENT;
/// Bytes of a 64-bit program header.
pub(crate) const PROGRAM_HEADER: usize = 56;

/// Reads exactly the buffer, or says which part of the file is missing.
pub(crate) fn read_exactly(
    reader: &mut dyn ImageReader,
    offset: usize,
    buffer: &mut [u8],
    what: &'static str,
) -> Result<(), ElfError> {
    let needed = offset.saturating_add(buffer.len());
    let mut done = 0;
    while done < buffer.len() {
        let at = offset
            .checked_add(done)
            .ok_or(ElfError::CutShort { what, needed })?;
        let length = reader
            .read_at(at, &mut buffer[done..])
            .map_err(ElfError::Read)?;
        if length == 0 || length > buffer.len() - done {
            return Err(ElfError::CutShort { what, needed });
        }
        done += length;
    }
    Ok(())
}

/// Reads and checks the file header.
pub(crate) fn read_file_header(
    reader: &mut dyn ImageReader,
    architecture: Architecture,
) -> Result<FileHeader<LittleEndian>, ElfError> {
    let mut bytes = [0; FILE_HEADER];
    let magic = &mut bytes[..elf::abi::ELFMAGIC.len()];
    match read_exactly(reader, 0, magic, "the ELF magic") {
        Err(ElfError::CutShort { .. }) => return Err(ElfError::NotElf),
        other => other?,
    }
    if *magic != elf::abi::ELFMAGIC {
        return Err(ElfError::NotElf);
    }
    read_exactly(reader, 0, &mut bytes, "the file header")?;
    if bytes[elf::abi::EI_CLASS] != elf::abi::ELFCLASS64 {
        return Err(ElfError::Not64Bit);
    }
    if bytes[elf::abi::EI_DATA] != elf::abi::ELFDATA2LSB {
        return Err(ElfError::NotLittleEndian);
    }
    let (identification, tail) = bytes.split_at(IDENTIFICATION);
    let identification =
        elf::file::parse_ident::<LittleEndian>(identification).map_err(|_| ElfError::NotElf)?;
    let header = FileHeader::parse_tail(identification, tail).map_err(|_| ElfError::NotElf)?;
    let machine = match architecture {
        Architecture::X86_64 => elf::abi::EM_X86_64,
        Architecture::Aarch64 => elf::abi::EM_AARCH64,
    };
    if header.e_machine != machine {
        let (wanted, machine) = (architecture.name(), header.e_machine);
        return Err(ElfError::OtherArchitecture { wanted, machine });
    }
    if !matches!(header.e_type, elf::abi::ET_EXEC | elf::abi::ET_DYN) {
        return Err(ElfError::NotExecutable {
            kind: header.e_type,
        });
    }
    Ok(header)
}

/// Reads all program headers.
pub(crate) fn read_program_headers(
    reader: &mut dyn ImageReader,
    header: &FileHeader<LittleEndian>,
    maximum_bytes: usize,
) -> Result<Vec<ProgramHeader>, ElfError> {
    if usize::from(header.e_phentsize) != PROGRAM_HEADER && header.e_phnum != 0 {
        return Err(ElfError::HeaderSize {
            size: header.e_phentsize,
        });
    }
    let bytes = usize::from(header.e_phnum) * PROGRAM_HEADER;
    if bytes > maximum_bytes {
        return Err(ElfError::TooManyHeaders {
            count: header.e_phnum,
        });
    }
    let mut buffer = vec![0; bytes];
    read_exactly(
        reader,
        header.e_phoff as usize,
        &mut buffer,
        "the table of program headers",
    )?;
    Ok(ParsingIterator::new(LittleEndian, Class::ELF64, &buffer).collect())
}
