// SPDX-License-Identifier: MIT OR Apache-2.0
// Level 0 is the root (the VSpace object), the last one holds frames of the smallest size.

use crate::{PAGE_BITS, TranslationTableObjectType, sys};

/// How many levels of tables there are.
pub const NUM_LEVELS: usize = TranslationTableObjectType::ALL.len();

/// The first level whose entries can be frames.
pub const FIRST_LEVEL_WITH_FRAMES: usize = crate::arch::FIRST_LEVEL_WITH_FRAMES;

/// log2 of the number of entries of a table.
pub const INDEX_BITS: usize = sys::seL4_PageTableBits as usize - WORD_BYTES_BITS;

/// log2 of the size of an entry in bytes.
const WORD_BYTES_BITS: usize = crate::WORD_SIZE.ilog2() as usize - 3;

/// log2 of the bytes of address space that one entry of a table at `level` covers.
#[must_use]
pub const fn step_bits(level: usize) -> usize {
    PAGE_BITS + INDEX_BITS * (NUM_LEVELS - 1 - level)
}

/// log2 of the bytes of address space that a whole table at `level` covers.
#[must_use]
pub const fn span_bits(level: usize) -> usize {
    step_bits(level) + INDEX_BITS
}

/// After a mapping failed for want of a table: the level of the table that is missing, out of
/// [`crate::IpcBuffer::mapping_failed_lookup_level`].
#[must_use]
pub const fn missing_level(failed_lookup_level: usize) -> Option<usize> {
    let mut level = 1;
    while level < NUM_LEVELS {
        if span_bits(level) == failed_lookup_level {
            return Some(level);
        }
        level += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_levels_of_nine_bits() {
        assert_eq!((NUM_LEVELS, INDEX_BITS), (4, 9));
        assert_eq!([0, 1, 2, 3].map(step_bits), [39, 30, 21, 12]);
        assert_eq!(span_bits(0), 48);
        assert_eq!(
            missing_level(sys::SEL4_MAPPING_LOOKUP_NO_PT as usize),
            Some(3)
        );
        assert_eq!(
            missing_level(sys::SEL4_MAPPING_LOOKUP_NO_PD as usize),
            Some(2)
        );
        assert_eq!(missing_level(39), Some(1));
        assert_eq!(missing_level(12), None);
    }
}
