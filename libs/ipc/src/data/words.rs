// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes in message registers.

use crate::WORDS;

/// The words of a message that travels in registers, filled byte by byte, little-endian. All positions are known at
/// compile time, so that filling and reading become shifts of registers, or nothing at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedWords(pub [u64; WORDS]);

impl FixedWords {
    /// Bytes that fit.
    pub const BYTES: usize = WORDS * 8;

    /// Puts the low `size` (1 … 8) bytes of `value` at byte `at`, where nothing was put before. What lies behind the end
    /// is left out.
    #[inline(always)]
    pub fn put(&mut self, at: usize, size: usize, value: u64) {
        let (index, shift) = (at / 8, at % 8 * 8);
        if let Some(word) = self.0.get_mut(index) {
            *word |= value << shift;
        }
        if shift + size * 8 > 64
            && let Some(word) = self.0.get_mut(index + 1)
        {
            *word |= value >> (64 - shift);
        }
    }

    /// Takes `size` (1 … 8) bytes at byte `at`. What lies behind the end is 0.
    #[inline(always)]
    #[must_use]
    pub fn take(&self, at: usize, size: usize) -> u64 {
        let (index, shift) = (at / 8, at % 8 * 8);
        let mut value = self.0.get(index).copied().unwrap_or(0) >> shift;
        if shift + size * 8 > 64 {
            value |= self.0.get(index + 1).copied().unwrap_or(0) << (64 - shift);
        }
        if size < 8 {
            value &= (1 << (size * 8)) - 1;
        }
        value
    }

    /// Whether nothing stands behind the first `size` bytes of the word that they end in.
    #[inline(always)]
    #[must_use]
    pub fn ends_clean(&self, size: usize) -> bool {
        size.is_multiple_of(8)
            || self
                .0
                .get(size / 8)
                .is_none_or(|word| word >> (size % 8 * 8) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_taken(sizes in prop::collection::vec(1usize..=8, 0..12), seed: u64) {
            let mut words = FixedWords::default();
            let mut at = 0;
            let mut put = Vec::new();
            for size in sizes {
                if at + size > FixedWords::BYTES {
                    break;
                }
                let value = seed.rotate_left(at as u32 * 5) & (u64::MAX >> (64 - size * 8));
                words.put(at, size, value);
                put.push((at, size, value));
                at += size;
            }
            for (at, size, value) in put {
                prop_assert_eq!(words.take(at, size), value);
            }
            prop_assert!(words.ends_clean(at));
        }

        #[test]
        fn nothing_panics(at in 0usize..100, size in 1usize..=8, words: [u64; 4]) {
            let mut words = FixedWords(words);
            words.put(at, size, u64::MAX);
            let _ = (words.take(at, size), words.ends_clean(at));
        }
    }
}
