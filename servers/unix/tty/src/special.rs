// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which bytes need a second look when they are typed, and which need none at all.
use crate::Termios;
use unix_abi::linux::general as linux;

/// Settings under which typed bytes are looked at. Without any of them they go straight to the reader.
const LOOKED_AT_INPUT: u32 = linux::ISTRIP
    | linux::IUCLC
    | linux::IGNCR
    | linux::ICRNL
    | linux::INLCR
    | linux::IXON
    | linux::PARMRK;
const LOOKED_AT_LOCAL: u32 = linux::ICANON | linux::ISIG | linux::ECHO;

/// The bytes that mean something under some settings.
pub(crate) struct SpecialBytes {
    bits: [u64; 4],
    /// No byte means anything, and none is echoed.
    pub raw: bool,
}

impl SpecialBytes {
    pub fn of(termios: &Termios) -> Self {
        let raw = termios.input & LOOKED_AT_INPUT == 0 && termios.local & LOOKED_AT_LOCAL == 0;
        let mut special = Self { bits: [0; 4], raw };
        if special.raw {
            return special;
        }
        if termios.has_input(linux::IGNCR | linux::ICRNL) {
            special.add(b'\r');
        }
        if termios.has_input(linux::INLCR) {
            special.add(b'\n');
        }
        let extended = termios.has_local(linux::IEXTEN);
        let mut add = |condition: bool, indices: &[u32]| {
            if condition {
                indices
                    .iter()
                    .for_each(|&index| special.add(termios.character(index)));
            }
        };
        let canonical = termios.has_local(linux::ICANON);
        add(
            canonical,
            &[linux::VERASE, linux::VKILL, linux::VEOF, linux::VEOL],
        );
        add(
            canonical && extended,
            &[linux::VWERASE, linux::VLNEXT, linux::VEOL2],
        );
        add(
            canonical && extended && termios.has_local(linux::ECHO),
            &[linux::VREPRINT],
        );
        add(
            termios.has_input(linux::IXON),
            &[linux::VSTART, linux::VSTOP],
        );
        add(
            termios.has_local(linux::ISIG),
            &[linux::VINTR, linux::VQUIT, linux::VSUSP],
        );
        if canonical {
            special.add(b'\n');
        }
        // 0 in the settings means "none".
        special.bits[0] &= !1;
        special
    }

    pub fn contains(&self, byte: u8) -> bool {
        self.bits[usize::from(byte) / 64] & 1 << (byte % 64) != 0
    }

    fn add(&mut self, byte: u8) {
        self.bits[usize::from(byte) / 64] |= 1 << (byte % 64);
    }
}
