// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kinds of bytes, as the kernel sees them: ASCII, and Latin-1 above it.

/// A control character.
pub(crate) fn is_control(byte: u8) -> bool {
    byte.is_ascii_control()
}

fn is_upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || (matches!(byte, 0xc0..=0xde) && byte != 0xd7)
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || (byte >= 0xdf && byte != 0xf7)
}

/// A letter or digit: what VWERASE takes for a word.
pub(crate) fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_digit() || is_upper(byte) || is_lower(byte)
}

/// For `IUCLC`.
pub(crate) fn to_lower(byte: u8) -> u8 {
    if is_upper(byte) { byte + 0x20 } else { byte }
}

/// For `OLCUC`.
pub(crate) fn to_upper(byte: u8) -> u8 {
    if is_lower(byte) { byte - 0x20 } else { byte }
}

/// A byte of a UTF-8 character that is not its first.
pub(crate) fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}
