// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers that tell layouts apart, made at compile time: FNV-1a over what a type is made of. They are compared with
//! what was recorded when a version of an interface was made ([`crate::lock`]); nothing relies on them against malice.

const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The number of something called `kind` that consists of `parts`.
#[must_use]
pub const fn of(kind: &str, parts: &[u64]) -> u64 {
    let mut hash = text(START, kind);
    let mut index = 0;
    while index < parts.len() {
        hash = bytes(hash, &parts[index].to_le_bytes());
        index += 1;
    }
    hash
}

/// The number of something of that name whose layout has that number: a field, a variant, a parameter.
#[must_use]
pub const fn named(name: &str, layout: u64) -> u64 {
    bytes(text(START, name), &layout.to_le_bytes())
}

const fn text(hash: u64, text: &str) -> u64 {
    // The length keeps "ab" + "c" apart from "a" + "bc".
    bytes(bytes(hash, &text.len().to_le_bytes()), text.as_bytes())
}

const fn bytes(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(PRIME);
        index += 1;
    }
    hash
}
