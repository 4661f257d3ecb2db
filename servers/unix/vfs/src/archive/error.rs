// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with an archive.
use alloc::string::{String, ToString};
use core::fmt;
use unix_abi::Errno;

/// Why an archive cannot be used. The offsets are in bytes from its start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArchiveError {
    /// There is no entry in it.
    Empty,
    /// It ends in the middle of an entry, or without its end mark.
    Cut {
        /// Where the entry begins that is not complete.
        offset: usize,
    },
    /// Something else than an entry is there.
    NotCpio {
        /// Where.
        offset: usize,
    },
    /// An entry is damaged.
    Damaged {
        /// Where the entry begins.
        offset: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry cannot be made.
    Refused {
        /// Its name.
        name: String,
        /// Why not: ENOSPC (too many files for the limits), ENAMETOOLONG, ENOTDIR …
        error: Errno,
    },
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the archive is empty: put at least one file into it"),
            Self::Cut { offset } => write!(
                f,
                "the archive is cut short in or before the entry at byte {offset}: make it again"
            ),
            Self::NotCpio { offset } => write!(
                f,
                "there is no cpio entry at byte {offset}: the archive has to be in the newc format \
                 (cpio -H newc), not compressed"
            ),
            Self::Damaged { offset, reason } => {
                write!(
                    f,
                    "the entry at byte {offset} of the archive is damaged: {reason}"
                )
            }
            Self::Refused {
                name,
                error: Errno::ENOSPC | Errno::ENOMEM,
            } => {
                write!(
                    f,
                    "the archive's entry {name} does not fit: the reserve is too small; give it more with --reserve"
                )
            }
            Self::Refused { name, error } => {
                let text = error.description().unwrap_or("an unknown error");
                write!(f, "the archive's entry {name} cannot be made: {text}")
            }
        }
    }
}

impl core::error::Error for ArchiveError {}

/// What the reader found wrong at an entry.
pub(super) fn describe(error: hadris_cpio::Error, offset: usize) -> ArchiveError {
    match error {
        // Reading memory fails in one way only: there is no more.
        hadris_cpio::Error::Io(_) => ArchiveError::Cut { offset },
        hadris_cpio::Error::InvalidMagic { .. } => ArchiveError::NotCpio { offset },
        error => ArchiveError::Damaged {
            offset,
            reason: error.to_string(),
        },
    }
}
