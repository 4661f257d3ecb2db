// SPDX-License-Identifier: MIT OR Apache-2.0
//! The message label: 20 bits on the oldest supported kernel.
//!
//! ```text
//! bits 19..12 interface number (never 0)   11..8 version   7..0 method (request) or status (answer)
//! ```
//! The number is never 0, so a label of ours is never taken for a kernel error (an answer of the
//! kernel itself) or for a fault message: those are all below 4096.

use crate::Definition;
use core::fmt;
use core::num::NonZeroU32;

/// A label.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Label(NonZeroU32);

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
    /// Puts one together; of the version the lowest 4 bits count. `None` if the interface number is 0.
    #[must_use]
    pub const fn new(interface: u8, version: u8, method: u8) -> Option<Self> {
        Self::from_bits((interface as u64) << 12 | (version as u64 & 15) << 8 | method as u64)
    }

    /// The label of a request for a method of `I`.
    #[must_use]
    pub const fn of<I: Definition + ?Sized>(method: u8) -> Self {
        const { Self::base(I::NUMBER, I::VERSION) }.with_method(method)
    }

    /// The label of an answer by `I`.
    #[must_use]
    pub const fn answer_of<I: Definition + ?Sized>(status: Status) -> Self {
        Self::of::<I>(status as u8)
    }

    /// With method 0. Fails at compile time for numbers that are not possible.
    const fn base(interface: u8, version: u8) -> Self {
        assert!(version != 0 && version < 16, "versions are 1 to 15");
        Self::new(interface, version, 0).expect("interface numbers start at 1")
    }

    /// The same interface and version with another method or status.
    #[must_use]
    #[inline(always)]
    pub const fn with_method(self, method: u8) -> Self {
        match NonZeroU32::new(self.0.get() & !0xff | method as u32) {
            Some(bits) => Self(bits),
            // The interface number is not 0.
            None => self,
        }
    }

    /// [`Definition::NUMBER`].
    #[must_use]
    pub const fn interface(self) -> u8 {
        (self.0.get() >> 12) as u8
    }

    /// [`Definition::VERSION`], 4 bits.
    #[must_use]
    pub const fn version(self) -> u8 {
        (self.0.get() >> 8) as u8 & 15
    }

    /// In a request the number of a method, in an answer a [`Status`].
    #[must_use]
    pub const fn method(self) -> u8 {
        self.0.get() as u8
    }

    /// The method, if interface and version are those of `base`.
    #[must_use]
    #[inline(always)]
    pub const fn method_within(self, base: Self) -> Option<u8> {
        let method = self.0.get() ^ base.0.get();
        if method < 1 << 8 {
            Some(method as u8)
        } else {
            None
        }
    }

    /// As it stands in the message info word.
    #[must_use]
    #[inline(always)]
    pub const fn to_bits(self) -> u64 {
        self.0.get() as u64
    }

    /// `None` if it is no label of ours (a kernel error, a fault, or out of range).
    #[must_use]
    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Option<Self> {
        if bits < 1 << 12 || bits >= 1 << 20 {
            return None;
        }
        match NonZeroU32::new(bits as u32) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }

    /// The status of an answer.
    #[must_use]
    pub const fn status(self) -> Option<Status> {
        match self.method() {
            0 => Some(Status::Done),
            1 => Some(Status::Refused),
            2 => Some(Status::Protocol),
            _ => None,
        }
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (interface, version, method) = (self.interface(), self.version(), self.method());
        write!(f, "interface {interface} version {version} method {method}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_round_trip(bits in any::<u64>(), small in 0u64..1 << 20, method: u8) {
            for bits in [bits, small] {
                match Label::from_bits(bits) {
                    Some(label) => {
                        prop_assert_eq!(label.to_bits(), bits);
                        let parts = (label.interface(), label.version(), label.method());
                        prop_assert_eq!(Label::new(parts.0, parts.1, parts.2), Some(label));
                        let other = label.with_method(method);
                        prop_assert_eq!(other.method_within(label.with_method(0)), Some(method));
                    }
                    None => prop_assert!(!(4096..1 << 20).contains(&bits)),
                }
            }
        }
    }
}
