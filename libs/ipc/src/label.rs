// SPDX-License-Identifier: MIT OR Apache-2.0
//! The message label: 20 bits on the oldest supported kernel.
//!
//! ```text
//! bits 19..12 interface number (never 0)   11..8 version   7..0 method (request) or status (answer)
//! ```
//! The number is never 0, so a label of ours is never taken for a kernel error (an answer of the
//! kernel itself) or for a fault message: those are all below 4096.

use crate::Interface;

/// A label, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label {
    /// [`Interface::NUMBER`].
    pub interface: u8,
    /// [`Interface::VERSION`], 4 bits.
    pub version: u8,
    /// In a request: 0 for an encoded request, otherwise the number of a word method.
    /// In an answer: a [`Status`].
    pub method: u8,
}

/// What kind of answer it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Status {
    /// The reply follows.
    Done = 0,
    /// The interface's own error follows.
    Refused = 1,
    /// A [`ProtocolError`](crate::ProtocolError) follows.
    Protocol = 2,
}

impl Label {
    /// The label of a request; `method` 0 is an encoded request.
    pub const fn request<I: Interface>(method: u8) -> Self {
        const { assert!(I::NUMBER != 0, "interface numbers start at 1") };
        const { assert!(I::VERSION != 0 && I::VERSION < 16, "versions are 1 to 15") };
        Self {
            interface: I::NUMBER,
            version: I::VERSION,
            method,
        }
    }

    /// The label of an answer.
    pub const fn answer<I: Interface>(status: Status) -> Self {
        Self::request::<I>(status as u8)
    }

    /// As it stands in the message info word.
    pub const fn to_bits(self) -> u64 {
        (self.interface as u64) << 12 | (self.version as u64 & 15) << 8 | self.method as u64
    }

    /// `None` if it is no label of ours (a kernel error, a fault, or out of range).
    pub const fn from_bits(bits: u64) -> Option<Self> {
        if bits < 1 << 12 || bits >= 1 << 20 {
            return None;
        }
        Some(Self {
            interface: (bits >> 12) as u8,
            version: (bits >> 8) as u8 & 15,
            method: bits as u8,
        })
    }

    /// The status of an answer.
    pub const fn status(self) -> Option<Status> {
        match self.method {
            0 => Some(Status::Done),
            1 => Some(Status::Refused),
            2 => Some(Status::Protocol),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_round_trip(bits in any::<u64>(), small in 0u64..1 << 20) {
            for bits in [bits, small] {
                match Label::from_bits(bits) {
                    Some(label) => prop_assert_eq!(label.to_bits(), bits),
                    None => prop_assert!(!(4096..1 << 20).contains(&bits)),
                }
            }
        }
    }
}
