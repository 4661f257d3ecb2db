// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be allocated.

/// A kind of kernel object, with its size where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// A thread.
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

impl Object {
    /// As it travels: kind and size in 16 bits.
    #[must_use]
    pub const fn to_code(self) -> u16 {
        let (kind, size) = match self {
            Self::Untyped { bits } => (0, bits),
            Self::Frame { bits } => (1, bits),
            Self::CNode { radix } => (2, radix),
            Self::Tcb => (3, 0),
            Self::Endpoint => (4, 0),
            Self::Notification => (5, 0),
            Self::Table { level } => (6, level),
        };
        kind | (size as u16) << 8
    }

    /// `None` if the code names no kind of object. Sizes are not checked.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        let size = (code >> 8) as u8;
        Some(match code as u8 {
            0 => Self::Untyped { bits: size },
            1 => Self::Frame { bits: size },
            2 => Self::CNode { radix: size },
            3 => Self::Tcb,
            4 => Self::Endpoint,
            5 => Self::Notification,
            6 => Self::Table { level: size },
            _ => return None,
        })
    }
}
