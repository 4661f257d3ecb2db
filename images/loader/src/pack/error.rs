// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with the files that make a boot image.

use core::fmt;

/// One of the files involved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The loader's own binary.
    Loader,
    /// The kernel.
    Kernel,
    /// The root task.
    RootTask,
    /// The result.
    BootImage,
}

impl fmt::Display for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Loader => "the aarch64 loader",
            Self::Kernel => "the aarch64 kernel",
            Self::RootTask => "the aarch64 root task",
            Self::BootImage => "the aarch64 boot image",
        })
    }
}

/// A file that cannot be part of a boot image, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct PackError {
    /// Which file.
    pub file: File,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The ELF reader or writer refused it; the text is its.
    #[error("not a usable ELF file: {0}")]
    Elf(String),
    /// An ELF file, but not a little-endian 64-bit aarch64 program at fixed addresses.
    #[error("not an aarch64 program at fixed addresses; was it built for this target?")]
    WrongKind,
    /// No loadable segment.
    #[error("nothing in it is to be loaded")]
    Empty,
    /// A segment has more bytes in the file than in memory, or goes beyond the address space.
    #[error("the segment at {virtual_address:#x} has an impossible size")]
    BadSegment {
        /// Where the segment begins.
        virtual_address: u64,
    },
    /// Two segments share an address.
    #[error("two segments overlap at {virtual_address:#x}")]
    Overlap {
        /// Where the second one begins.
        virtual_address: u64,
    },
    /// The entry point is in no segment.
    #[error("its entry point {entry:#x} is outside of it")]
    EntryOutside {
        /// The entry point.
        entry: u64,
    },
    /// The segments are not all at the same distance from virtual to physical address.
    #[error("its segments have different distances between virtual and physical address")]
    SeveralOffsets,
    /// The kernel cannot be mapped with one entry of a translation table.
    #[error("it crosses a boundary of 1 GiB, or is not mapped at a multiple of 1 GiB")]
    NotOneBlock,
    /// The kernel needs the place where the loader is.
    #[error("it reaches up to {end:#x}, but the loader lies at {loader:#x}: move the loader")]
    OverlapsLoader {
        /// Physical end of the kernel.
        end: u64,
        /// Physical start of the loader.
        loader: u64,
    },
    /// Too large for the loader's map.
    #[error("it takes {bytes} bytes in memory, more than {limit}")]
    TooLarge {
        /// What it takes.
        bytes: u64,
        /// What there is.
        limit: u64,
    },
    /// The kernel's table of RAM is no initialized data.
    #[error("its table of RAM (avail_p_regs) is not in initialized memory")]
    RamTableOutside,
}
