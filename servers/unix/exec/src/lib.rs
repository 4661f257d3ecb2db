// SPDX-License-Identifier: MIT OR Apache-2.0
//! Program images: what `execve` has to know of a file before it can run it.
//!
//! * [`LoadPlan`]: what of an ELF file goes where in the address space (static, static-PIE, and
//!   the first half of dynamic ones: [`LoadPlan::interpreter`] names the second image to plan).
//! * [`script`]: `#!` lines.
//! * [`stack`]: the initial stack of a program: arguments, environment, auxiliary vector.
//!
//! All of it is computation on bytes: nothing is mapped, opened or written here. The world
//! (`unix-kernel`) calls it and acts on what it says. Files and argument lists come from programs,
//! so nothing in here may panic, loop or allocate without a bound that stands in a constant.
//!
//! Errors map to the numbers that Linux gives ([`ElfError::errno`]); their `Display` text is one
//! line that says what is wrong, to be put behind the file's name.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
extern crate alloc;

mod elf_error;
mod elf_header;
mod elf_plan;
mod elf_segment;
#[cfg(test)]
mod elf_tests;
pub mod script;
pub mod stack;

pub use elf_error::ElfError;
pub use elf_plan::{LoadPlan, ProgramHeaders, Role, Target};
pub use elf_segment::{MappedSegment, Protection, Segment};

use unix_abi::Errno;

/// Bytes in a page of an address space.
pub const PAGE_SIZE: usize = 4096;

/// A file whose bytes can be read at any place.
pub trait ImageReader {
    /// Reads up to `buffer.len()` bytes at `offset` and says how many; fewer than asked for, or 0,
    /// only at the end of the file.
    fn read_at(&mut self, offset: usize, buffer: &mut [u8]) -> Result<usize, Errno>;
}

impl ImageReader for &[u8] {
    fn read_at(&mut self, offset: usize, buffer: &mut [u8]) -> Result<usize, Errno> {
        let rest = self.get(offset..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// The architecture of a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Architecture {
    /// AMD64.
    X86_64,
    /// 64-bit Arm, little-endian.
    Aarch64,
}

impl Architecture {
    /// The one that this crate is compiled for.
    #[cfg(target_arch = "x86_64")]
    pub const NATIVE: Architecture = Architecture::X86_64;
    /// The one that this crate is compiled for.
    #[cfg(target_arch = "aarch64")]
    pub const NATIVE: Architecture = Architecture::Aarch64;

    /// The addresses that programs may have. Nothing is below, so that null pointers and what is near
    /// them fault; the end is Linux's TASK_SIZE.
    pub const fn program_addresses(self) -> core::ops::Range<usize> {
        match self {
            Architecture::X86_64 => 0x1_0000..0x7fff_ffff_f000,
            Architecture::Aarch64 => 0x1_0000..0xffff_ffff_f000,
        }
    }

    /// What `uname -m` and `AT_PLATFORM` say.
    pub const fn name(self) -> &'static str {
        match self {
            Architecture::X86_64 => "x86_64",
            Architecture::Aarch64 => "aarch64",
        }
    }
}

/// The address rounded down to its page.
pub(crate) const fn page_floor(address: usize) -> usize {
    address & !(PAGE_SIZE - 1)
}

/// The address rounded up to a page, unless that wraps.
pub(crate) const fn page_ceiling(address: usize) -> Option<usize> {
    match address.checked_add(PAGE_SIZE - 1) {
        Some(end) => Some(page_floor(end)),
        None => None,
    }
}
