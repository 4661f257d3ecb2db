// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every function against its plain definition: all small sizes, then random ones.
extern crate std;

use core::cmp::Ordering;
use core::ffi::{c_char, c_int};
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

unsafe extern "C" {
    fn croft_memmove(destination: *mut u8, source: *const u8, bytes: usize) -> *mut u8;
    fn croft_memset(destination: *mut u8, byte: c_int, bytes: usize) -> *mut u8;
    fn croft_memcmp(left: *const u8, right: *const u8, bytes: usize) -> c_int;
    fn croft_strlen(text: *const c_char) -> usize;
}

/// Bytes before and after the tested range, to see what is written beside it.
const MARGIN: usize = 160;

/// A buffer in which no byte equals its neighbours.
fn pattern(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| (i * 31 + i / 251 + 7) as u8).collect()
}

fn check_move(destination: usize, source: usize, bytes: usize) {
    let size = destination.max(source) + bytes + MARGIN;
    let mut actual = pattern(size);
    let mut expected = actual.clone();
    expected.copy_within(source..source + bytes, destination);
    let start = actual.as_mut_ptr();
    // SAFETY: both ranges end inside `actual`.
    let returned = unsafe { croft_memmove(start.add(destination), start.add(source), bytes) };
    assert_eq!(returned, start.wrapping_add(destination));
    assert!(
        actual == expected,
        "move of {bytes} bytes from {source} to {destination}"
    );
}

fn check_set(offset: usize, byte: u8, bytes: usize) {
    let mut actual = pattern(offset + bytes + MARGIN);
    let mut expected = actual.clone();
    expected[offset..offset + bytes].fill(byte);
    let start = actual.as_mut_ptr();
    // SAFETY: the range ends inside `actual`. The bits above the byte must not matter.
    let returned = unsafe { croft_memset(start.add(offset), 0x5a00 | c_int::from(byte), bytes) };
    assert_eq!(returned, start.wrapping_add(offset));
    assert!(
        actual == expected,
        "set of {bytes} bytes at {offset} to {byte}"
    );
}

fn compare(left: &[u8], right: &[u8]) -> Ordering {
    assert_eq!(left.len(), right.len());
    // SAFETY: both are valid for their common length.
    unsafe { croft_memcmp(left.as_ptr(), right.as_ptr(), left.len()) }.cmp(&0)
}

#[test]
fn moves_all_small_sizes_at_all_distances() {
    for bytes in 0..=300 {
        for distance in [0, 1, 7, 15, 16, 31, 63, 64, 65, 127, 128, 129, 400] {
            check_move(MARGIN, MARGIN + distance, bytes);
            check_move(MARGIN + distance, MARGIN, bytes);
        }
    }
}

#[test]
fn sets_all_small_sizes() {
    for bytes in 0..=800 {
        check_set(MARGIN + bytes % 67, 0, bytes);
        check_set(MARGIN + bytes % 67, 0xc3, bytes);
    }
}

#[test]
fn compares_at_every_position() {
    for bytes in 0..=40 {
        let left = vec![0x80; bytes];
        assert_eq!(compare(&left, &left), Ordering::Equal);
        for position in 0..bytes {
            for other in [0x00, 0x7f, 0x81, 0xff] {
                let mut right = left.clone();
                right[position] = other;
                // What follows the first difference must not matter.
                right[position + 1..].fill(!other);
                assert_eq!(compare(&left, &right), left.cmp(&right));
                assert_eq!(compare(&right, &left), right.cmp(&left));
            }
        }
    }
}

#[test]
fn measures_strings() {
    for length in 0..100 {
        let mut text = vec![b'x'; length];
        text.push(0);
        text.push(b'y');
        // SAFETY: the text is terminated inside the buffer.
        assert_eq!(unsafe { croft_strlen(text.as_ptr().cast()) }, length);
    }
}

proptest! {
    #[test]
    fn moves(destination in 0usize..20_000, source in 0usize..20_000, bytes in 0usize..20_000) {
        check_move(destination, source, bytes);
    }

    #[test]
    fn sets(offset in 0usize..300, byte: u8, zero: bool, bytes in 0usize..20_000) {
        check_set(offset, if zero { 0 } else { byte }, bytes);
    }

    #[test]
    fn compares(left in proptest::collection::vec(0u8..3, 0..200), seed in any::<u64>()) {
        let mut right = left.clone();
        if let Some(length) = core::num::NonZeroU64::new(right.len() as u64) {
            right[(seed % length) as usize] = (seed >> 32) as u8 % 3;
        }
        prop_assert_eq!(compare(&left, &right), left.cmp(&right));
    }
}
