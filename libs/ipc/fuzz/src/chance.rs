// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers and messages by chance.

use crate::servers::Target;

/// A generator: splitmix64.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Equal seeds give equal numbers.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    /// A label and a message for it, of whole words; the label and the message's length. The label is mostly that of a
    /// method that there is, else near one, else any; the message mostly has the length that belongs to it.
    pub fn request(&mut self, target: &Target, bytes: &mut [u8]) -> (u64, usize) {
        let (own, length) = target.methods[self.below(target.methods.len() as u64) as usize];
        let label = match self.below(16) {
            0 => self.number(),
            1 => own ^ 1 << self.below(20),
            2 => own & !0xff | self.number() & 0xff,
            _ => own,
        };
        let any = self.message(bytes);
        match length.filter(|_| self.below(4) != 0) {
            Some(length) => (label, length),
            None => (label, any),
        }
    }

    /// A message of whole words; its length. Mostly short, with small numbers and texts, which mean something more often.
    pub fn message(&mut self, bytes: &mut [u8]) -> usize {
        let length = match self.below(8) {
            0 => self.below(bytes.len() as u64 / 8 + 1) as usize * 8,
            _ => self.below(6) as usize * 8,
        };
        let kind = self.below(5);
        if kind == 4 {
            // Few bytes that mean something, and nothing behind them.
            let few = self.below(length as u64 + 1) as usize;
            bytes[..length].fill(0);
            let small = 1 << self.below(6);
            bytes[..few].fill_with(|| self.below(small) as u8);
            return few.next_multiple_of(8);
        }
        for chunk in bytes[..length].chunks_exact_mut(8) {
            let word = match kind {
                0 => self.number(),
                1 => self.number() >> self.below(64),
                2 => self.below(5),
                // A length, and text behind it.
                _ => self.number() & 0x1f1f_1f1f_1f1f_1f0f,
            };
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        length
    }
}
