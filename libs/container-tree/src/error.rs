// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why an operation was refused.
use crate::{Amount, ContainerId, Currency};

/// Why an operation was refused. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error<K> {
    /// A limit would be exceeded: of the container that was asked, or of an ancestor.
    Limit {
        /// Whose limit.
        container: ContainerId,
        /// Of which currency.
        currency: Currency,
        /// How much more was asked.
        asked: u64,
        /// How much there is left below that limit.
        left: u64,
    },
    /// The limits allow it, but no free block of 2^`bits` bytes is left in the machine (or every free one is
    /// inside chunks of other containers).
    NoMemory {
        /// log2 of the bytes.
        bits: u8,
    },
    /// The tables cannot grow: the root task's own heap is used up, or there are as many containers as can be.
    NoBooks,
    /// No container of that number.
    NoSuchContainer,
    /// It is being destroyed.
    Dying,
    /// No such block is allocated from this container.
    NoSuchBlock,
    /// The size of a block is below [`crate::MIN_BITS`] or above [`crate::MAX_BITS`].
    BadSize {
        /// log2 of the bytes.
        bits: u8,
    },
    /// The container would be deeper than [`crate::MAX_DEPTH`].
    TooDeep,
    /// More is guaranteed than the limit allows.
    GuaranteeAboveLimit {
        /// What is guaranteed.
        guaranteed: Amount,
    },
    /// A limit that does not even pay the container's own record ([`crate::CONTAINER_SLOTS`]).
    LimitBelowRecord,
    /// The root container cannot be changed.
    Root,
    /// A priority above the parent's.
    AbovePriority {
        /// The parent's.
        most: u8,
    },
    /// The kernel refused an operation that it should not refuse.
    Kernel(K),
}
