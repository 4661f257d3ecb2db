// SPDX-License-Identifier: MIT OR Apache-2.0
//! A list of encoded values that stays where it is, in the payload.
use core::fmt;
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// A list of `T`, borrowed in its encoded form and decoded one by one while it is walked.
///
/// It takes no heap and has no capacity that could be exceeded. Every way to make one decodes all of it
/// once, so that walking it later cannot fail.
pub struct Sequence<'a, T> {
    /// The elements in postcard, one directly after the other.
    encoded: &'a [u8],
    of: PhantomData<fn() -> T>,
}

impl<'a, T: Deserialize<'a>> Sequence<'a, T> {
    /// The list whose elements are `encoded` one after the other, or `None` if they are not.
    #[must_use]
    pub fn from_encoded(encoded: &'a [u8]) -> Option<Self> {
        let mut rest = encoded;
        while !rest.is_empty() {
            let (_, next) = postcard::take_from_bytes::<T>(rest).ok()?;
            // An element of no bytes would never end the walk.
            if next.len() == rest.len() {
                return None;
            }
            rest = next;
        }
        Some(Sequence {
            encoded,
            of: PhantomData,
        })
    }

    /// The elements in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'a, T> {
        Iter {
            rest: self.encoded,
            of: PhantomData,
        }
    }

    /// The number of elements; walks the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }
}

impl<T> Sequence<'_, T> {
    /// The list without elements.
    #[must_use]
    pub const fn empty() -> Self {
        Sequence {
            encoded: &[],
            of: PhantomData,
        }
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }
}

impl<T> Clone for Sequence<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Sequence<'_, T> {}

impl<T> PartialEq for Sequence<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.encoded == other.encoded
    }
}

impl<T> Eq for Sequence<'_, T> {}

impl<'a, T: Deserialize<'a> + fmt::Debug> fmt::Debug for Sequence<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T> Serialize for Sequence<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.encoded)
    }
}

impl<'de: 'a, 'a, T: Deserialize<'a>> Deserialize<'de> for Sequence<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let encoded = <&'de [u8]>::deserialize(deserializer)?;
        Self::from_encoded(encoded).ok_or_else(|| D::Error::custom("a list cannot be decoded"))
    }
}

impl<'a, T: Deserialize<'a>> IntoIterator for Sequence<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The elements of a [`Sequence`] in order.
#[derive(Clone)]
pub struct Iter<'a, T> {
    rest: &'a [u8],
    of: PhantomData<fn() -> T>,
}

impl<'a, T: Deserialize<'a>> Iterator for Iter<'a, T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        if self.rest.is_empty() {
            return None;
        }
        // Always succeeds: the list was decoded once when it was made.
        let (element, rest) = postcard::take_from_bytes(self.rest).ok()?;
        self.rest = rest;
        Some(element)
    }
}

/// The encoded elements of a [`Sequence`], for the side that writes.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, Default)]
pub struct SequenceBuffer {
    encoded: alloc::vec::Vec<u8>,
}

#[cfg(feature = "alloc")]
impl SequenceBuffer {
    /// A buffer without elements.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one element at the end.
    ///
    /// # Errors
    /// [`crate::Error::Malformed`] if the element has no encoding.
    pub fn push<T: Serialize>(&mut self, element: &T) -> Result<(), crate::Error<'static>> {
        let bytes = postcard::to_allocvec(element).map_err(|_| crate::Error::Malformed)?;
        self.encoded.extend_from_slice(&bytes);
        Ok(())
    }

    /// The list, if what was pushed are `T`s.
    #[must_use]
    pub fn sequence<'a, T: Deserialize<'a>>(&'a self) -> Option<Sequence<'a, T>> {
        Sequence::from_encoded(&self.encoded)
    }
}
