// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be allocated.
use croft_ipc::data;

/// A kind of kernel object, with its size where it has one.
#[data]
#[derive(Copy)]
pub enum Object {
    /// Untyped memory of 2^`bits` bytes, at most 2^[`crate::MAX_UNTYPED_BITS`].
    Untyped {
        /// log2 of the bytes.
        bits: u8,
    },
    /// A frame of 2^`bits` bytes: 12, or 21 where the architecture has it.
    Frame {
        /// log2 of the bytes.
        bits: u8,
    },
    /// A CNode of 2^`radix` slots.
    CNode {
        /// log2 of the slots, at least 1.
        radix: u8,
    },
    /// A thread, one at a time. It has its container's priority, and is suspended with it.
    Tcb,
    /// An endpoint.
    Endpoint,
    /// A notification.
    Notification,
    /// A translation table: `level` counts from the root table (0, which only a conversion makes).
    Table {
        /// Its level.
        level: u8,
    },
}
