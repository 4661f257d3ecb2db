// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a file cannot be run, in words and as an error number.
use core::fmt;
use unix_abi::Errno;

/// Why an ELF image cannot be planned. The `Display` text is one line, to follow a file's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ElfError {
    /// Reading the file failed.
    Read(Errno),
    /// The file does not begin with the ELF magic.
    NotElf,
    /// It is for 32-bit machines.
    Not64Bit,
    /// It is big-endian.
    NotLittleEndian,
    /// Its machine number is another one.
    OtherArchitecture {
        /// The architecture that was wanted.
        wanted: &'static str,
        /// The file's `e_machine`.
        machine: u16,
    },
    /// It is an object file, a core dump or something else that does not run.
    NotExecutable {
        /// The file's `e_type`.
        kind: u16,
    },
    /// Its program headers have another size than this architecture's.
    HeaderSize {
        /// The file's `e_phentsize`.
        size: u16,
    },
    /// It has more program headers than fit into [`crate::LoadPlan::MAXIMUM_HEADER_BYTES`].
    TooManyHeaders {
        /// The file's `e_phnum`.
        count: u16,
    },
    /// The file ends before the end of what its headers name.
    CutShort {
        /// The part that is not there.
        what: &'static str,
        /// The number of bytes that the file would need.
        needed: usize,
    },
    /// It has no segment to load.
    NoSegments,
    /// A segment has more bytes in the file than in memory.
    FileLargerThanMemory {
        /// Which program header.
        index: usize,
    },
    /// A segment's end is beyond the end of the address space.
    Wraps {
        /// Which program header.
        index: usize,
    },
    /// A segment is where programs may not be.
    OutOfRange {
        /// Which program header.
        index: usize,
        /// Its first address.
        address: usize,
    },
    /// Offset and address of a segment are at different places in their pages.
    NotCongruent {
        /// Which program header.
        index: usize,
    },
    /// A segment's alignment is not a power of two.
    Alignment {
        /// Which program header.
        index: usize,
    },
    /// Two segments claim the same bytes, or they are not in ascending order.
    Overlap {
        /// The later one of the two program headers.
        index: usize,
    },
    /// The entry point is in no segment of the image.
    EntryOutside {
        /// The file's `e_entry`.
        entry: usize,
    },
    /// The name of the interpreter is empty, too long or without its final zero byte.
    InterpreterName,
    /// The program wants an interpreter, and the caller says that there is none.
    InterpreterMissing,
    /// The interpreter wants an interpreter itself.
    InterpreterNested,
    /// The image does not fit into the address range that it was given.
    NoSpace,
}

impl ElfError {
    /// The error number that Linux gives in this case.
    pub const fn errno(self) -> Errno {
        match self {
            ElfError::Read(errno) => errno,
            ElfError::FileLargerThanMemory { .. } | ElfError::Overlap { .. } => Errno::EINVAL,
            ElfError::Alignment { .. } | ElfError::NotCongruent { .. } => Errno::EINVAL,
            ElfError::Wraps { .. } | ElfError::OutOfRange { .. } => Errno::ENOMEM,
            ElfError::NoSpace => Errno::ENOMEM,
            ElfError::InterpreterMissing => Errno::ENOENT,
            ElfError::InterpreterNested => Errno::ELIBBAD,
            _ => Errno::ENOEXEC,
        }
    }
}

impl fmt::Display for ElfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            ElfError::Read(errno) => write!(f, "cannot be read ({errno:?})"),
            ElfError::NotElf => write!(f, "is not an ELF file"),
            ElfError::Not64Bit => write!(f, "is a 32-bit program, but only 64-bit ones run here"),
            ElfError::NotLittleEndian => write!(f, "is a big-endian program"),
            ElfError::OtherArchitecture { wanted, machine } => match machine_name(machine) {
                Some(name) => write!(f, "is a program for {name}, but this machine is {wanted}"),
                None => {
                    write!(
                        f,
                        "is a program for another machine (ELF number {machine}), not {wanted}"
                    )
                }
            },
            ElfError::NotExecutable { kind } => {
                let what = match kind {
                    elf::abi::ET_REL => "an object file",
                    elf::abi::ET_CORE => "a core dump",
                    _ => "of an unknown kind",
                };
                write!(f, "is {what} (ELF type {kind}), not an executable")
            }
            ElfError::HeaderSize { size } => {
                write!(f, "has program headers of {size} bytes instead of 56")
            }
            ElfError::TooManyHeaders { count } => {
                write!(f, "has too many program headers ({count})")
            }
            ElfError::CutShort { what, needed } => {
                write!(
                    f,
                    "is cut short: {what} needs the file to have {needed} bytes"
                )
            }
            ElfError::NoSegments => write!(f, "has no segment to load"),
            ElfError::FileLargerThanMemory { index } => {
                write!(
                    f,
                    "has more bytes in the file than in memory in program header {index}"
                )
            }
            ElfError::Wraps { index } => {
                write!(
                    f,
                    "has a segment that wraps around the address space (program header {index})"
                )
            }
            ElfError::OutOfRange { index, address } => write!(
                f,
                "has a segment at {address:#x}, where programs may not be (program header {index})"
            ),
            ElfError::NotCongruent { index } => write!(
                f,
                "has a segment whose offset and address do not match in a page (program header {index})"
            ),
            ElfError::Alignment { index } => {
                write!(
                    f,
                    "has an alignment that is not a power of two in program header {index}"
                )
            }
            ElfError::Overlap { index } => write!(
                f,
                "has segments that overlap or are out of order (program header {index})"
            ),
            ElfError::EntryOutside { entry } => {
                write!(f, "has its entry point {entry:#x} outside of its segments")
            }
            ElfError::InterpreterName => write!(f, "has a damaged interpreter name"),
            ElfError::InterpreterMissing => write!(
                f,
                "is a dynamic program, and its interpreter is not there; use a static program"
            ),
            ElfError::InterpreterNested => {
                write!(
                    f,
                    "is named as an interpreter but needs an interpreter itself"
                )
            }
            ElfError::NoSpace => write!(f, "does not fit into the address space"),
        }
    }
}

impl core::error::Error for ElfError {}

/// The machines whose programs people are likely to try.
const fn machine_name(machine: u16) -> Option<&'static str> {
    Some(match machine {
        elf::abi::EM_386 => "32-bit x86",
        elf::abi::EM_X86_64 => "x86_64",
        elf::abi::EM_ARM => "32-bit Arm",
        elf::abi::EM_AARCH64 => "aarch64",
        elf::abi::EM_RISCV => "RISC-V",
        elf::abi::EM_PPC64 => "64-bit PowerPC",
        elf::abi::EM_S390 => "S/390",
        _ => return None,
    })
}
