// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can stop the root task before it serves.
use alloc::string::{String, ToString};
use core::fmt;

use croft_container::ContainerError;

#[cfg(target_arch = "aarch64")]
use crate::devices::DeviceError;

/// What can stop the root task before it serves.
#[derive(Debug)]
pub enum BootError {
    /// The image is not what it must be.
    Payload(String),
    /// There is not even memory for the first records or page tables.
    Memory(ContainerError),
    /// The kernel refused.
    Kernel {
        /// What.
        operation: &'static str,
        /// Its reason.
        error: sel4::Error,
    },
    /// A device that the root task itself needs.
    #[cfg(target_arch = "aarch64")]
    Device(DeviceError),
    /// The kernel left too few capability slots.
    Slots,
}

impl BootError {
    pub fn kernel(operation: &'static str) -> impl Fn(sel4::Error) -> Self {
        move |error| Self::Kernel { operation, error }
    }
}

impl From<ContainerError> for BootError {
    fn from(error: ContainerError) -> Self {
        Self::Memory(error)
    }
}

impl From<croft_manifest::Error<'_>> for BootError {
    fn from(error: croft_manifest::Error<'_>) -> Self {
        Self::Payload(error.to_string())
    }
}

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payload(error) => write!(f, "the boot image cannot be used: {error}"),
            Self::Memory(error) => write!(f, "no memory to start with: {error}"),
            Self::Kernel { operation, error } => {
                write!(f, "the kernel refused {operation}: {error}")
            }
            #[cfg(target_arch = "aarch64")]
            Self::Device(error) => write!(f, "no serial port: {error}"),
            Self::Slots => f.write_str("the kernel left too few capability slots"),
        }
    }
}

/// A kernel's refusal that has no better explanation.
pub fn kernel_error(error: sel4::Error) -> ContainerError {
    ContainerError::Kernel {
        error: error.into_sys(),
    }
}
