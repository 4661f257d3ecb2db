// SPDX-License-Identifier: MIT OR Apache-2.0
//! The word that describes a message.

use crate::{MSG_MAX_LENGTH, Word, sys};

/// Describes a message: its label, how many words and capabilities it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct MessageInfo(sys::seL4_MessageInfo);

impl MessageInfo {
    /// Describes a message with this label, mask of unwrapped capabilities, number of capabilities and
    /// length in words. Bits that do not fit their field are cut off; a label has 20 bits.
    #[must_use]
    #[inline(always)]
    pub const fn new(label: Word, caps_unwrapped: usize, extra_caps: usize, length: usize) -> Self {
        Self(sys::seL4_MessageInfo::new(
            label,
            caps_unwrapped as Word,
            extra_caps as Word,
            length as Word,
        ))
    }

    /// From the kernel's type.
    #[must_use]
    #[inline(always)]
    pub const fn from_inner(inner: sys::seL4_MessageInfo) -> Self {
        Self(inner)
    }

    /// The kernel's type.
    #[must_use]
    #[inline(always)]
    pub const fn into_inner(self) -> sys::seL4_MessageInfo {
        self.0
    }

    /// What the message is about: in a call to the kernel the invocation, in a reply the error, in a
    /// fault its kind, between programs whatever they agree on.
    #[must_use]
    #[inline(always)]
    pub const fn label(&self) -> Word {
        self.0.get_label()
    }

    /// For each received capability, from bit 0 up, whether it came as a badge.
    #[must_use]
    #[inline(always)]
    pub const fn caps_unwrapped(&self) -> usize {
        self.0.get_capsUnwrapped() as usize
    }

    /// How many capabilities the message has.
    #[must_use]
    #[inline(always)]
    pub const fn extra_caps(&self) -> usize {
        self.0.get_extraCaps() as usize
    }

    /// How many words the message has. A sender can put any 7-bit number here, so it may exceed
    /// [`MSG_MAX_LENGTH`]; see [`MessageInfo::bounded_length`].
    #[must_use]
    #[inline(always)]
    pub const fn length(&self) -> usize {
        self.0.get_length() as usize
    }

    /// How many words the message has, at most [`MSG_MAX_LENGTH`].
    #[must_use]
    #[inline(always)]
    pub const fn bounded_length(&self) -> usize {
        let length = self.length();
        if length < MSG_MAX_LENGTH {
            length
        } else {
            MSG_MAX_LENGTH
        }
    }
}

/// Builds a [`MessageInfo`] field by field; what is not set is 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageInfoBuilder {
    label: Word,
    caps_unwrapped: usize,
    extra_caps: usize,
    length: usize,
}

impl MessageInfoBuilder {
    /// The info of an empty message with label 0.
    #[must_use]
    #[inline(always)]
    pub const fn default() -> Self {
        Self {
            label: 0,
            caps_unwrapped: 0,
            extra_caps: 0,
            length: 0,
        }
    }

    /// The finished info.
    #[must_use]
    #[inline(always)]
    pub const fn build(self) -> MessageInfo {
        MessageInfo::new(
            self.label,
            self.caps_unwrapped,
            self.extra_caps,
            self.length,
        )
    }

    /// Sets the label.
    #[must_use]
    #[inline(always)]
    pub const fn label(mut self, label: Word) -> Self {
        self.label = label;
        self
    }

    /// Sets the mask of capabilities that came as badges.
    #[must_use]
    #[inline(always)]
    pub const fn caps_unwrapped(mut self, caps_unwrapped: usize) -> Self {
        self.caps_unwrapped = caps_unwrapped;
        self
    }

    /// Sets the number of capabilities.
    #[must_use]
    #[inline(always)]
    pub const fn extra_caps(mut self, extra_caps: usize) -> Self {
        self.extra_caps = extra_caps;
        self
    }

    /// Sets the number of words.
    #[must_use]
    #[inline(always)]
    pub const fn length(mut self, length: usize) -> Self {
        self.length = length;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_back() {
        let info = MessageInfoBuilder::default()
            .label(0xabcde)
            .caps_unwrapped(5)
            .extra_caps(2)
            .length(127)
            .build();
        assert_eq!(info.label(), 0xabcde);
        assert_eq!(info.caps_unwrapped(), 5);
        assert_eq!(info.extra_caps(), 2);
        assert_eq!(info.length(), 127);
        assert_eq!(info.bounded_length(), MSG_MAX_LENGTH);
    }
}
