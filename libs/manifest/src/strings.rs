// SPDX-License-Identifier: MIT OR Apache-2.0
//! A list of byte strings, as argument vectors and environments are.
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A list of byte strings without NUL, each ended by a NUL, one directly after the other: the form that
/// `/proc/PID/cmdline` has and that argument vectors take on a new stack. Of any length in total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Strings<'a> {
    bytes: &'a [u8],
}

impl<'a> Strings<'a> {
    /// The list that `bytes` holds, or `None` if the last string has no NUL.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        match bytes.last() {
            None | Some(0) => Some(Strings { bytes }),
            Some(_) => None,
        }
    }

    /// The strings in order, without their NULs.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        // Every string ends with a NUL, so each piece has one to drop.
        self.bytes
            .split_inclusive(|byte| *byte == 0)
            .map(|piece| &piece[..piece.len() - 1])
    }

    /// The number of strings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.iter().filter(|byte| **byte == 0).count()
    }

    /// Whether there are no strings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// All strings with their NULs.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl Serialize for Strings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.bytes)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Strings<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = <&'de [u8]>::deserialize(deserializer)?;
        Strings::from_bytes(bytes).ok_or_else(|| D::Error::custom("the last string has no end"))
    }
}

/// The strings of a [`Strings`], for the side that writes.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, Default)]
pub struct StringsBuffer {
    bytes: alloc::vec::Vec<u8>,
}

#[cfg(feature = "alloc")]
impl StringsBuffer {
    /// A buffer without strings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one string at the end; false, and nothing added, if it holds a NUL.
    #[must_use]
    pub fn push(&mut self, string: &[u8]) -> bool {
        let fits = !string.contains(&0);
        if fits {
            self.bytes.extend_from_slice(string);
            self.bytes.push(0);
        }
        fits
    }

    /// The list.
    #[must_use]
    pub fn strings(&self) -> Strings<'_> {
        Strings { bytes: &self.bytes }
    }
}
