// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a request was refused.
use core::fmt;

use croft_ipc::data;

use crate::{Currency, Name, Rights};

/// Why a request was refused. Nothing has changed then.
#[data]
#[derive(Copy)]
pub enum ContainerError {
    /// A limit would be exceeded: of the container that was asked, or of an ancestor.
    Limit {
        /// Whose limit.
        container: Name,
        /// Of which currency.
        currency: Currency,
        /// How much more was asked.
        asked: u64,
        /// How much there is left below that limit.
        left: u64,
    },
    /// The limits allow it, but the machine has no free block of that size left.
    NoMemory {
        /// log2 of the bytes.
        bits: u8,
    },
    /// The container server's own tables or slots are used up.
    NoBooks,
    /// The container is being destroyed, or is gone.
    Gone,
    /// The capability does not allow it.
    Forbidden {
        /// What it allows.
        rights: Rights,
        /// What is needed.
        needed: Rights,
    },
    /// No such block was allocated from this container.
    NoSuchBlock,
    /// An object's kind, size or number is not possible.
    BadObject,
    /// Slots of the caller's CNode are not all empty, or not all there.
    BadSlots {
        /// The first one that was named.
        first: u64,
        /// How many are needed.
        count: u64,
    },
    /// The tree would be too deep.
    TooDeep,
    /// More would be guaranteed than the limit allows, or the limit does not pay the container's own record.
    BadLimit,
    /// No process of that block in this container or below it, or it has no CNode that the server knows.
    NoSuchProcess,
    /// No container of that number in the subtree that was asked about.
    NoSuchContainer,
    /// There are as many address spaces as the kernel can tell apart.
    NoAddressSpace,
    /// The root container cannot be changed.
    Root,
    /// A priority above the parent's.
    BadPriority {
        /// The parent's.
        most: u8,
    },
    /// Something else that was asked through the same capability is not done yet, and takes long. Each thread that asks needs
    /// a capability of its own.
    Busy,
    /// The kernel refused what it should not refuse.
    Kernel {
        /// Its error number (`seL4_Error` in the kernel's headers).
        error: u32,
    },
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit {
                container,
                currency,
                asked,
                left,
            } => {
                let currency = match currency {
                    Currency::Bytes => "bytes",
                    Currency::Slots => "slots",
                };
                write!(
                    f,
                    "container {container} has {left} {currency} left of its limit, {asked} were asked"
                )
            }
            Self::NoMemory { bits } => {
                write!(
                    f,
                    "the machine has no free block of {} bytes left",
                    1u64 << bits.min(&63)
                )
            }
            Self::NoBooks => f.write_str("the container server has no room for more records"),
            Self::Gone => f.write_str("the container is gone"),
            Self::Forbidden { rights, needed } => {
                write!(f, "the capability allows to {rights}, but not to {needed}")
            }
            Self::NoSuchBlock => f.write_str("no such block is allocated from the container"),
            Self::BadObject => f.write_str("no object of that kind, size and number"),
            Self::BadSlots { first, count } => {
                write!(
                    f,
                    "{count} slots from {first} on are not all there and empty"
                )
            }
            Self::TooDeep => f.write_str("the container tree would be too deep"),
            Self::BadLimit => f.write_str("the limit is below what it must cover"),
            Self::NoSuchProcess => f.write_str("no such process in the container"),
            Self::NoSuchContainer => f.write_str("no such container below this one"),
            Self::NoAddressSpace => f.write_str("the kernel has no address space numbers left"),
            Self::Root => f.write_str("the root container cannot be changed"),
            Self::BadPriority { most } => {
                write!(f, "the priority is above the parent's, which is {most}")
            }
            Self::Busy => f.write_str("what the capability was used for before is not done yet"),
            Self::Kernel { error } => write!(f, "the kernel refused (seL4 error {error})"),
        }
    }
}

impl core::error::Error for ContainerError {}
