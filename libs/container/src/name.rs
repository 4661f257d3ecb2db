// SPDX-License-Identifier: MIT OR Apache-2.0
//! What people call a container.
use core::fmt;

use croft_ipc::data::layout;
use croft_ipc::{Data, FixedWords};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// What people call a container: UTF-8, cut at [`Name::LENGTH`] bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Name {
    bytes: [u8; Name::LENGTH],
    length: u8,
}

impl Name {
    /// The longest name in bytes.
    pub const LENGTH: usize = 31;

    /// The name, cut to what fits (never inside a character).
    #[must_use]
    pub fn new(text: &str) -> Self {
        let length = text.floor_char_boundary(Self::LENGTH);
        let mut bytes = [0; Self::LENGTH];
        bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
        Self {
            bytes,
            length: length as u8,
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_str<E>(self, text: &str) -> Result<Name, E> {
                Ok(Name::new(text))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl Data for Name {
    // The length and the text.
    const MAX_SIZE: usize = 1 + Self::LENGTH;
    const FIXED: Option<usize> = None;
    const LAYOUT: u64 = layout::of("text", &[Self::LENGTH as u64]);

    fn put(&self, _: &mut FixedWords, _: usize) {}

    fn take(_: &FixedWords, _: usize) -> Option<Self> {
        None
    }
}
