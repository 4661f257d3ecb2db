// SPDX-License-Identifier: MIT OR Apache-2.0
//! Decimal numbers up to 65535, without a heap.

/// The digits of a number, as ASCII.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
    bytes: [u8; 5],
    first: usize,
}

impl Digits {
    /// The decimal digits of `number`, at least one.
    pub(crate) fn of(mut number: u16) -> Self {
        let mut bytes = [b'0'; 5];
        let mut first = 5;
        loop {
            first -= 1;
            // A remainder of a division by ten is one digit.
            bytes[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return Digits { bytes, first };
            }
        }
    }

    /// The digits, most significant first.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.first..]
    }
}

/// A number that is being read digit by digit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    value: Option<u16>,
}

impl Reading {
    /// Takes one more byte; false if it is no digit or the number grows too large.
    pub(crate) fn digit(&mut self, byte: u8) -> bool {
        let value = self.value.unwrap_or(0);
        let next = byte
            .is_ascii_digit()
            .then(|| value.checked_mul(10)?.checked_add(u16::from(byte - b'0')))
            .flatten();
        if next.is_some() {
            self.value = next;
        }
        next.is_some()
    }

    /// The number, if there was at least one digit.
    pub(crate) fn value(self) -> Option<u16> {
        self.value
    }
}
