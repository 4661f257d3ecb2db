// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes where: from an ELF file to a list of segments.
use crate::elf_header::{PROGRAM_HEADER, read_exactly, read_file_header, read_program_headers};
use crate::{Architecture, ElfError, ImageReader, PAGE_SIZE, Segment, page_ceiling, page_floor};
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;
use elf::segment::ProgramHeader;

/// For which machine and where in its address space an image is to be planned.
#[derive(Clone, Debug)]
pub struct Target {
    /// The architecture.
    pub architecture: Architecture,
    /// The addresses that images may have.
    pub user: Range<usize>,
    /// Where the first page of a position-independent image goes, if its alignment allows (else at
    /// the next address that is aligned as it wants).
    pub base: usize,
}

/// As what an image is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The file that was given to `execve`.
    Program {
        /// What a dynamic program leads to: a plan with its interpreter's path, or the error that
        /// there is none.
        allow_interpreter: bool,
    },
    /// The file that a program names as its interpreter.
    Interpreter,
}

/// Where the program finds its own program headers (`AT_PHDR`, `AT_PHENT`, `AT_PHNUM`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProgramHeaders {
    /// Their address in memory; 0 if no segment holds them.
    pub address: usize,
    /// Bytes in one.
    pub entry_size: usize,
    /// How many there are.
    pub count: usize,
}

/// What to do to load one image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadPlan {
    /// The segments in ascending order, disjoint in their bytes. Two may meet in one page: the
    /// later one's mapping then replaces that page, as on Linux.
    pub segments: Vec<Segment>,
    /// The first instruction's address.
    pub entry: usize,
    /// What was added to all addresses of the file: 0 for an image with fixed addresses
    /// (`AT_BASE` when the image is an interpreter).
    pub bias: usize,
    /// Whether the image can be anywhere (static-PIE, interpreters).
    pub position_independent: bool,
    /// Where the program's headers are.
    pub program_headers: ProgramHeaders,
    /// The path of the interpreter that has to be loaded too.
    pub interpreter: Option<Vec<u8>>,
    /// The end of the highest segment, rounded up to a page: where `brk` starts.
    pub program_break: usize,
    /// Whether the program asks for a stack that can be executed: yes if it says so, no if it says
    /// no. A program that does not say gets none either (so does Linux on 64-bit machines).
    pub executable_stack: bool,
}

impl LoadPlan {
    /// How large the table of program headers may be (Linux: 64 KiB), in bytes.
    pub const MAXIMUM_HEADER_BYTES: usize = 65536;
    /// How long the interpreter's path may be with its final zero byte (`PATH_MAX`).
    pub const MAXIMUM_INTERPRETER: usize = 4096;

    /// Reads the headers of an image and checks all that they say.
    ///
    /// # Errors
    /// Everything that is wrong with the file; see [`ElfError`].
    pub fn read(
        reader: &mut dyn ImageReader,
        target: &Target,
        role: Role,
    ) -> Result<LoadPlan, ElfError> {
        let header = read_file_header(reader, target.architecture)?;
        let headers = read_program_headers(reader, &header, Self::MAXIMUM_HEADER_BYTES)?;
        let interpreter = read_interpreter(reader, &headers, role)?;

        let mut segments = load_segments(reader, &headers)?;
        let position_independent = header.e_type == elf::abi::ET_DYN;
        let bias = if position_independent {
            bias(&headers, &segments, target.base)?
        } else {
            0
        };
        place(&mut segments, bias, &target.user, position_independent)?;

        let entry = (header.e_entry as usize).wrapping_add(bias);
        if !segments
            .iter()
            .any(|(_, part)| (part.address..part.end()).contains(&entry))
        {
            return Err(ElfError::EntryOutside {
                entry: header.e_entry as usize,
            });
        }
        let segments: Vec<Segment> = segments.into_iter().map(|(_, part)| part).collect();
        let end = segments.last().map_or(0, Segment::end);
        let stack = headers
            .iter()
            .rfind(|header| header.p_type == elf::abi::PT_GNU_STACK);
        Ok(LoadPlan {
            entry,
            bias,
            position_independent,
            program_headers: ProgramHeaders {
                address: headers_address(header.e_phoff as usize, &headers, &segments, bias),
                entry_size: PROGRAM_HEADER,
                count: headers.len(),
            },
            interpreter,
            program_break: page_ceiling(end).ok_or(ElfError::NoSpace)?,
            executable_stack: stack.is_some_and(|header| header.p_flags & elf::abi::PF_X != 0),
            segments,
        })
    }

    /// Bytes of pages that are zeros at first and may be written: memory that the program has to be given, beside the
    /// pages of its file that it changes.
    pub fn zeros(&self) -> usize {
        let written = |segment: &&Segment| segment.protection.write;
        let zeros = self.segments.iter().filter(written).map(|segment| {
            let mapped = segment.mapped();
            mapped.end - mapped.file_end.max(mapped.start)
        });
        zeros.sum()
    }

    /// From the first page to behind the last one.
    pub fn extent(&self) -> Range<usize> {
        extent(self.segments.iter())
    }
}

/// From the first page of the first segment to behind the last page of the last one.
fn extent<'a>(mut segments: impl DoubleEndedIterator<Item = &'a Segment>) -> Range<usize> {
    let first = segments.next();
    let last = segments.next_back().or(first);
    first.map_or(0, |part| part.pages().start)..last.map_or(0, |part| part.pages().end)
}

/// The `PT_LOAD` headers with their numbers, each checked for itself and against the one before.
fn load_segments(
    reader: &mut dyn ImageReader,
    headers: &[ProgramHeader],
) -> Result<Vec<(usize, Segment)>, ElfError> {
    let mut segments: Vec<(usize, Segment)> = Vec::new();
    for (index, header) in headers.iter().enumerate() {
        if header.p_type != elf::abi::PT_LOAD {
            continue;
        }
        let in_file =
            |needed: usize| read_exactly(reader, needed - 1, &mut [0], "the content of a segment");
        let Some(part) = Segment::from_header(index, header, in_file)? else {
            continue;
        };
        if segments
            .last()
            .is_some_and(|(_, before)| before.end() > part.address)
        {
            return Err(ElfError::Overlap { index });
        }
        segments.push((index, part));
    }
    if segments.is_empty() {
        Err(ElfError::NoSegments)
    } else {
        Ok(segments)
    }
}

/// What to add to the addresses of a position-independent image so that it starts at `base` or, if
/// a segment wants more than a page's alignment, at the next address that has it.
fn bias(
    headers: &[ProgramHeader],
    segments: &[(usize, Segment)],
    base: usize,
) -> Result<usize, ElfError> {
    let loads = headers
        .iter()
        .filter(|header| header.p_type == elf::abi::PT_LOAD);
    let alignment = loads
        .map(|header| header.p_align as usize)
        .max()
        .unwrap_or(0)
        .max(PAGE_SIZE);
    let first = segments.first().map_or(0, |(_, part)| part.pages().start);
    // The bias itself is what has to be aligned; `first` is mostly 0.
    let wanted = page_floor(base).saturating_sub(first);
    wanted
        .checked_next_multiple_of(alignment)
        .ok_or(ElfError::NoSpace)
}

/// Moves the segments by `bias` and checks that they are where programs may be.
fn place(
    segments: &mut [(usize, Segment)],
    bias: usize,
    user: &Range<usize>,
    position_independent: bool,
) -> Result<(), ElfError> {
    for (index, part) in segments {
        let index = *index;
        let error = match position_independent {
            true => ElfError::NoSpace,
            false => ElfError::OutOfRange {
                index,
                address: part.address,
            },
        };
        part.address = part.address.checked_add(bias).ok_or(error)?;
        let end = part
            .address
            .checked_add(part.memory_size)
            .and_then(page_ceiling)
            .ok_or(error)?;
        if page_floor(part.address) < user.start || end > user.end {
            return Err(error);
        }
    }
    Ok(())
}

/// `AT_PHDR`: what `PT_PHDR` says if a segment holds it, else where the table is loaded.
fn headers_address(
    table: usize,
    headers: &[ProgramHeader],
    segments: &[Segment],
    bias: usize,
) -> usize {
    let inside = |address: usize| {
        let in_file = |part: &&Segment| {
            (part.address..part.address.saturating_add(part.file_size)).contains(&address)
        };
        segments.iter().find(in_file).map(|_| address)
    };
    let named = headers
        .iter()
        .find(|header| header.p_type == elf::abi::PT_PHDR);
    let named = named.and_then(|header| inside((header.p_vaddr as usize).wrapping_add(bias)));
    let holder = segments.iter().find(|part| {
        table
            .checked_sub(part.file_offset)
            .is_some_and(|distance| distance < part.file_size)
    });
    let loaded = || holder.map(|part| part.address + (table - part.file_offset));
    named.or_else(loaded).unwrap_or(0)
}

/// The path in `PT_INTERP`, if there is one and `role` allows it.
fn read_interpreter(
    reader: &mut dyn ImageReader,
    headers: &[ProgramHeader],
    role: Role,
) -> Result<Option<Vec<u8>>, ElfError> {
    let Some(header) = headers
        .iter()
        .find(|header| header.p_type == elf::abi::PT_INTERP)
    else {
        return Ok(None);
    };
    match role {
        Role::Interpreter => return Err(ElfError::InterpreterNested),
        Role::Program {
            allow_interpreter: false,
        } => return Err(ElfError::InterpreterMissing),
        Role::Program {
            allow_interpreter: true,
        } => {}
    }
    let size = usize::try_from(header.p_filesz).unwrap_or(usize::MAX);
    if !(2..=LoadPlan::MAXIMUM_INTERPRETER).contains(&size) {
        return Err(ElfError::InterpreterName);
    }
    let mut path = vec![0; size];
    read_exactly(
        reader,
        header.p_offset as usize,
        &mut path,
        "the name of the interpreter",
    )?;
    if path.pop() != Some(0) {
        return Err(ElfError::InterpreterName);
    }
    if let Some(end) = path.iter().position(|&byte| byte == 0) {
        path.truncate(end);
    }
    if path.is_empty() {
        Err(ElfError::InterpreterName)
    } else {
        Ok(Some(path))
    }
}
