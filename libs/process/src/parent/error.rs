// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a child could not be made.
use core::fmt;

use croft_container::ContainerError;

use crate::handover::EnvironmentError;

/// Why a child could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateError {
    /// A container refused.
    Container(ContainerError),
    /// The parent has no free slots.
    NoSlots,
    /// The child's CNode is too small for what it is given: so many slots are needed.
    Radix {
        /// How many.
        needed: u64,
    },
    /// The startup image is no static executable of this architecture within its address range.
    Startup,
    /// The environment is too long.
    Environment(EnvironmentError),
    /// The kernel refused.
    Kernel {
        /// What.
        operation: &'static str,
        /// Its reason.
        error: sel4::Error,
    },
}

impl CreateError {
    pub(super) fn kernel(operation: &'static str) -> impl Fn(sel4::Error) -> Self {
        move |error| Self::Kernel { operation, error }
    }
}

impl From<ContainerError> for CreateError {
    fn from(error: ContainerError) -> Self {
        Self::Container(error)
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(error) => error.fmt(f),
            Self::NoSlots => f.write_str("its parent has no free capability slots"),
            Self::Radix { needed } => write!(
                f,
                "its CNode is too small: it is given {needed} capabilities; raise its slots"
            ),
            Self::Startup => f.write_str("the startup image cannot be loaded"),
            Self::Environment(error) => error.fmt(f),
            Self::Kernel { operation, error } => {
                write!(f, "the kernel refused {operation}: {error}")
            }
        }
    }
}

impl core::error::Error for CreateError {}
