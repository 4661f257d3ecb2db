// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be an argument, a reply or an error: values whose size is bounded by their type.
//!
//! A value has two forms. Its *fixed* form has the same length for all values of the type; arguments and replies whose
//! fixed forms together take at most [`WORDS`](crate::WORDS) machine words travel in registers. Everything else
//! is postcard in the message buffer, and [`Data::MAX_SIZE`] says at compile time whether it fits.

mod bounded;
pub mod layout;
mod provided;
mod words;

pub use bounded::{Bytes, Text, TooLong};
pub use words::FixedWords;

/// A value that can travel in a message. `#[croft_ipc::data]` makes a struct or enum one.
pub trait Data {
    /// The most bytes of its postcard form.
    const MAX_SIZE: usize;

    /// The bytes of its fixed form; `None` if it has none (texts, lists).
    const FIXED: Option<usize>;

    /// Tells layouts apart: two types with the same number have the same form on the wire, and the same names of fields
    /// and variants. See [`layout`].
    const LAYOUT: u64;

    /// Puts the fixed form at byte `at`. Called only if there is one and it fits.
    fn put(&self, words: &mut FixedWords, at: usize);

    /// Takes the fixed form at byte `at`; `None` if no value looks like that.
    fn take(words: &FixedWords, at: usize) -> Option<Self>
    where
        Self: Sized;
}

/// The bytes of several fixed forms one after the other; `None` if one of them has none.
#[must_use]
pub const fn fixed_sum(parts: &[Option<usize>]) -> Option<usize> {
    let (mut sum, mut index) = (0, 0);
    while index < parts.len() {
        match parts[index] {
            Some(size) => sum += size,
            None => return None,
        }
        index += 1;
    }
    Some(sum)
}

/// The longest of several fixed forms; `None` if one of them has none.
#[must_use]
pub const fn fixed_max(parts: &[Option<usize>]) -> Option<usize> {
    let (mut max, mut index) = (0, 0);
    while index < parts.len() {
        match parts[index] {
            Some(size) if size > max => max = size,
            Some(_) => {}
            None => return None,
        }
        index += 1;
    }
    Some(max)
}

/// The largest of several sizes.
#[must_use]
pub const fn size_max(parts: &[usize]) -> usize {
    let (mut max, mut index) = (0, 0);
    while index < parts.len() {
        if parts[index] > max {
            max = parts[index];
        }
        index += 1;
    }
    max
}

/// The most bytes of a postcard number that is at most `value`.
#[must_use]
pub const fn varint_size(value: usize) -> usize {
    let (mut size, mut rest) = (1, value >> 7);
    while rest != 0 {
        size += 1;
        rest >>= 7;
    }
    size
}
