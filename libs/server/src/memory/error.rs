// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why there is no memory.

use crate::NoSlots;
use core::fmt;
use croft_container::{ContainerError, Object};

/// Why memory could not be had or mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemoryError {
    /// The primary container gave nothing.
    Reserve {
        /// What was asked.
        object: Object,
        /// How many.
        count: u16,
        /// Its reason.
        error: ContainerError,
    },
    /// The CNode is full.
    Slots(NoSlots),
    /// The kernel refused a mapping.
    Mapping {
        /// Where.
        address: u64,
        /// Its reason.
        error: sel4::Error,
    },
    /// The kernel refused something else.
    Kernel {
        /// What.
        operation: &'static str,
        /// Its reason.
        error: sel4::Error,
    },
    /// The part of the address space that is meant for it is used up.
    NoAddresses,
    /// What is left is kept for something else.
    Spared,
}

impl MemoryError {
    #[cfg(feature = "runtime")]
    pub(crate) fn kernel(operation: &'static str) -> impl Fn(sel4::Error) -> Self {
        move |error| Self::Kernel { operation, error }
    }
}

impl From<NoSlots> for MemoryError {
    fn from(error: NoSlots) -> Self {
        Self::Slots(error)
    }
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reserve {
                object,
                count,
                error,
            } => {
                write!(
                    f,
                    "{count} times {object:?} of the primary container: {error}"
                )
            }
            Self::Slots(error) => error.fmt(f),
            Self::Mapping { address, error } => write!(f, "mapping at {address:#x}: {error}"),
            Self::Kernel { operation, error } => write!(f, "{operation}: {error}"),
            Self::Spared => f.write_str("the reserve is spent, but for what is kept for the books"),
            Self::NoAddresses => f.write_str("no addresses left for this kind of mapping"),
        }
    }
}

impl core::error::Error for MemoryError {}
