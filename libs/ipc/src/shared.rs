// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory that two processes see.

use core::fmt;

/// A piece of shared memory. The other side can write to it at any moment, and who pays for it can take it away: what
/// was read twice need not be the same, and nothing of it may be believed before it was copied.
pub trait SharedMemory {
    /// Bytes.
    fn length(&self) -> usize;

    /// Copies from byte `at` on.
    ///
    /// # Errors
    /// [`SharedError`]; `into` may have been written to.
    fn read(&self, at: usize, into: &mut [u8]) -> Result<(), SharedError>;

    /// Copies to byte `at` on.
    ///
    /// # Errors
    /// [`SharedError`]; some of it may have been written.
    fn write(&self, at: usize, bytes: &[u8]) -> Result<(), SharedError>;
}

/// Why shared memory cannot be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedError {
    /// There are not so many bytes.
    OutOfRange,
    /// It was taken away, or may not be written.
    Gone,
}

impl fmt::Display for SharedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfRange => "behind the end of the shared memory",
            Self::Gone => "the shared memory is not there any more",
        })
    }
}

impl core::error::Error for SharedError {}

/// Why memory that came with a message cannot be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    /// No capability came, or it is not one for a page.
    NoPage,
    /// This process has no room for another page.
    NoMemory,
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPage => "the capability is not one for a page",
            Self::NoMemory => "no room for another shared page",
        })
    }
}

impl core::error::Error for MapError {}
