// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes and texts that are borrowed: from the caller's memory on the way out, from the message on the way in.

use super::{Data, FixedWords, layout, varint_size};
use core::fmt;
use core::ops::Deref;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// There are more bytes than the interface allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// How many there may be.
    pub at_most: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} bytes", self.at_most)
    }
}

impl core::error::Error for TooLong {}

impl From<TooLong> for crate::ProtocolError {
    fn from(_: TooLong) -> Self {
        Self::TooLong
    }
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $kind:literal, $serialize:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name<'a, const N: usize>(&'a $inner);

        impl<'a, const N: usize> $name<'a, N> {
            /// The most bytes.
            pub const AT_MOST: usize = N;

            /// Borrows them.
            ///
            /// # Errors
            /// [`TooLong`].
            pub const fn new(inner: &'a $inner) -> Result<Self, TooLong> {
                if inner.len() > N {
                    return Err(TooLong { at_most: N });
                }
                Ok(Self(inner))
            }

            /// What was borrowed.
            #[must_use]
            pub const fn get(self) -> &'a $inner {
                self.0
            }
        }

        impl<const N: usize> Deref for $name<'_, N> {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                self.0
            }
        }

        impl<const N: usize> Data for $name<'_, N> {
            const MAX_SIZE: usize = varint_size(N) + N;
            const FIXED: Option<usize> = None;
            const LAYOUT: u64 = layout::of($kind, &[N as u64]);

            fn put(&self, _: &mut FixedWords, _: usize) {}

            fn take(_: &FixedWords, _: usize) -> Option<Self> {
                None
            }
        }

        impl<const N: usize> Serialize for $name<'_, N> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.$serialize(self.0)
            }
        }
    };
}

bounded! {
    /// At most `N` bytes.
    Bytes, [u8], "bytes", serialize_bytes
}

bounded! {
    /// At most `N` bytes of UTF-8.
    Text, str, "text", serialize_str
}

impl<'a, 'de: 'a, const N: usize> Deserialize<'de> for Bytes<'a, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;

        impl<'de> serde::de::Visitor<'de> for Borrowed {
            type Value = &'de [u8];

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_borrowed_bytes<E: serde::de::Error>(
                self,
                bytes: &'de [u8],
            ) -> Result<&'de [u8], E> {
                Ok(bytes)
            }
        }

        Self::new(deserializer.deserialize_bytes(Borrowed)?).map_err(D::Error::custom)
    }
}

impl<'a, 'de: 'a, const N: usize> Deserialize<'de> for Text<'a, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
