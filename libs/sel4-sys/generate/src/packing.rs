// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the kernel expects each parameter of an invocation in the message.

/// A parameter's place: word, lowest bit in it, bits (a multiple of 64 for structures).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of its first message word.
    pub word: u32,
    /// Its lowest bit in that word.
    pub shift: u32,
    /// How many bits it takes.
    pub bits: u32,
}

/// Places parameters of these sizes (in bits) one after the other: each is aligned to its own size,
/// at most to a word, so that none crosses a word's end.
pub fn place(sizes: &[u32]) -> Vec<Place> {
    let mut used: u32 = 0;
    sizes
        .iter()
        .map(|&bits| {
            used = used.next_multiple_of(bits.min(64));
            let place = Place {
                word: used / 64,
                shift: used % 64,
                bits,
            };
            used += bits;
            place
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(sizes: &[u32]) -> Vec<(u32, u32)> {
        place(sizes).iter().map(|p| (p.word, p.shift)).collect()
    }

    #[test]
    fn small_parameters_share_a_word() {
        // ReadRegisters: suspend_source (1 bit), arch_flags (8), count (64).
        assert_eq!(places(&[1, 8, 64]), [(0, 0), (0, 8), (1, 0)]);
        // CopyRegisters: four flags and a byte.
        assert_eq!(
            places(&[1, 1, 1, 1, 8]),
            [(0, 0), (0, 1), (0, 2), (0, 3), (0, 8)]
        );
        // A structure begins at a word.
        assert_eq!(
            places(&[1, 8, 64, 19 * 64]),
            [(0, 0), (0, 8), (1, 0), (2, 0)]
        );
    }
}
