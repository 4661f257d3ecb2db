// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a process is told at its start, as it stands in the pages at [`super::layout::ENVIRONMENT`].
use core::fmt;

use croft_manifest::{Interrupt, LogLevel, Sequence};
use serde::{Deserialize, Serialize};

/// The version of the encoding: parent and child come out of one tree and must agree exactly.
const VERSION: u32 = 2;

/// What a process is told at its start. Borrowed from the environment pages; needs no heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment<'a> {
    /// The process' name for log lines.
    pub name: &'a str,
    /// Which of its log lines it sends.
    pub log: LogLevel,
    /// How many pages from [`super::layout::TRACE`] on are for the messages that it sends and gets (`croft_trace`); 0 if
    /// nobody wants to know.
    pub trace: u16,
    /// log2 of the number of slots of its CNode.
    pub cnode_radix_bits: u8,
    /// Slots that nothing stands in: the process' own from the start.
    pub free_slots: SlotRange,
    /// The seL4 priority of its thread and its container, the highest of what it makes.
    pub priority: u8,
    /// The ELF image of its program.
    pub image: Blob,
    /// What it may use beside the fixed slots.
    #[serde(borrow)]
    pub capabilities: Sequence<'a, NamedCapability<'a>>,
    /// Files that it gets.
    #[serde(borrow)]
    pub files: Sequence<'a, File<'a>>,
    /// Its arguments, in a form of its own.
    #[serde(borrow)]
    pub arguments: &'a [u8],
}

/// Consecutive slots of the process' CNode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRange {
    /// The first one.
    pub first: u64,
    /// How many.
    pub count: u64,
}

/// Bytes as read-only 4 KiB frames: page `n` is the frame in slot `first_slot + n`. The frames may be shared with
/// others and are never writable; what is behind the last byte in the last page is zero. Where a parent passes frames of
/// somebody else on, who can write to them or take them away, parent and child have to agree on which files these are
/// (`croft_server::Process::shared_file`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// The slot of the first page's frame.
    pub first_slot: u64,
    /// Bytes.
    pub length: u64,
}

impl Blob {
    /// The number of pages, which is the number of slots.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.length.div_ceil(super::layout::PAGE)
    }
}

/// A file by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File<'a> {
    /// Unique among the process' files.
    pub name: &'a str,
    /// Its bytes.
    pub content: Blob,
}

/// A capability by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedCapability<'a> {
    /// Unique among the process' capabilities.
    pub name: &'a str,
    /// Where it is (the first slot, if it is several).
    pub slot: u64,
    /// What it is.
    pub authority: Authority,
}

/// What a named capability lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authority {
    /// An endpoint to receive on: the service that this process offers (named [`Environment::SERVICE`]).
    /// Badges of its callers are below [`croft_ipc::EVENT_BADGE_BIT`] and never 0.
    Serve,
    /// A badged endpoint to call a service. Write and Grant.
    Service,
    /// An interrupt handler; binding it to a notification is up to the process.
    Interrupt(Interrupt),
    /// `pages` device frames in consecutive slots, for the registers from `physical` on.
    DeviceFrames {
        /// Physical address of the first one.
        physical: u64,
        /// How many.
        pages: u32,
    },
    /// x86 I/O ports. The kernel's capability may reach further than these (`seL4` before 10 has only one for all).
    IoPorts {
        /// The first.
        first: u16,
        /// The last, inclusive.
        last: u16,
    },
    /// The root container, to look at it and at all that are below it.
    Look,
}

/// The number of bytes at the start of the environment pages that tell how many there are in all.
pub const HEADER: usize = 8;

/// Why bytes are no environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentError {
    /// Parent and child are of different builds.
    Version {
        /// The parent's.
        found: u32,
    },
    /// The bytes do not decode.
    Malformed,
    /// It does not fit [`super::layout::ENVIRONMENT_LENGTH`].
    TooLong {
        /// What it takes, in bytes.
        needed: u64,
    },
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { found } => write!(
                f,
                "the environment has version {found}, this build reads {VERSION}: build everything anew"
            ),
            Self::Malformed => f.write_str("the environment does not decode"),
            Self::TooLong { needed } => write!(
                f,
                "the environment takes {needed} bytes, at most {} fit: give fewer arguments, files or capabilities",
                super::layout::ENVIRONMENT_LENGTH
            ),
        }
    }
}

impl core::error::Error for EnvironmentError {}

impl<'a> Environment<'a> {
    /// The name of the endpoint that a server receives on.
    pub const SERVICE: &'static str = "service";

    /// The name of the file with the startup program, for a process that makes processes.
    pub const STARTUP: &'static str = "startup";

    /// How many bytes the whole environment takes, header included, as its first [`HEADER`] bytes tell
    /// it; at most [`super::layout::ENVIRONMENT_LENGTH`]. All of them are mapped.
    #[must_use]
    pub fn total_length(header: [u8; HEADER]) -> usize {
        let limit = super::layout::ENVIRONMENT_LENGTH;
        u64::from_le_bytes(header).min(limit) as usize
    }

    /// Reads the environment out of its pages (from the first byte, as many as [`Environment::total_length`] said or
    /// more).
    ///
    /// # Errors
    /// [`EnvironmentError::Version`] or [`EnvironmentError::Malformed`].
    pub fn decode(pages: &'a [u8]) -> Result<Self, EnvironmentError> {
        let (header, _) = pages
            .split_first_chunk::<{ HEADER }>()
            .ok_or(EnvironmentError::Malformed)?;
        let bytes = pages
            .get(HEADER..Self::total_length(*header))
            .ok_or(EnvironmentError::Malformed)?;
        let (found, rest) =
            postcard::take_from_bytes::<u32>(bytes).map_err(|_| EnvironmentError::Malformed)?;
        if found != VERSION {
            return Err(EnvironmentError::Version { found });
        }
        match postcard::take_from_bytes(rest) {
            Ok((environment, [])) => Ok(environment),
            Ok(_) | Err(_) => Err(EnvironmentError::Malformed),
        }
    }

    /// The bytes for the environment pages, header included.
    ///
    /// # Errors
    /// [`EnvironmentError::TooLong`].
    #[cfg(feature = "alloc")]
    pub fn encode(&self) -> Result<alloc::vec::Vec<u8>, EnvironmentError> {
        let header = alloc::vec![0; HEADER];
        let mut bytes = postcard::to_extend(&(VERSION, self), header)
            .map_err(|_| EnvironmentError::Malformed)?;
        let needed = bytes.len() as u64;
        if needed > super::layout::ENVIRONMENT_LENGTH {
            return Err(EnvironmentError::TooLong { needed });
        }
        bytes[..HEADER].copy_from_slice(&needed.to_le_bytes());
        Ok(bytes)
    }

    /// The capability of that name.
    #[must_use]
    pub fn capability(&self, name: &str) -> Option<NamedCapability<'a>> {
        self.capabilities.iter().find(|c| c.name == name)
    }

    /// The file of that name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<File<'a>> {
        self.files.iter().find(|file| file.name == name)
    }
}
