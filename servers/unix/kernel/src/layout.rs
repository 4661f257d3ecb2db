// SPDX-License-Identifier: MIT OR Apache-2.0
//! Structures that cross the border to a program, built and taken apart field by field.
//!
//! Both architectures are little-endian with 64-bit words. The layouts are those of Linux's headers;
//! the tests compare their sizes with the types of `linux-raw-sys`.
use alloc::vec::Vec;

/// Builds the bytes of a C structure.
#[derive(Default)]
pub struct Layout(Vec<u8>);

impl Layout {
    /// Nothing yet.
    pub fn new() -> Self {
        Layout(Vec::with_capacity(144))
    }

    /// A 16-bit field.
    pub fn u16(mut self, value: u16) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// A 32-bit field.
    pub fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// A 64-bit field.
    pub fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Bytes as they are.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Zeros up to a total length.
    pub fn pad_to(mut self, length: usize) -> Self {
        self.0.resize(length, 0);
        self
    }

    /// seconds and nanoseconds (struct timespec) of nanoseconds.
    pub fn timespec(self, nanoseconds: u64) -> Self {
        self.u64(nanoseconds / 1_000_000_000)
            .u64(nanoseconds % 1_000_000_000)
    }

    /// seconds and microseconds (struct timeval) of nanoseconds.
    pub fn timeval(self, nanoseconds: u64) -> Self {
        self.u64(nanoseconds / 1_000_000_000)
            .u64(nanoseconds % 1_000_000_000 / 1000)
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes a C structure apart. Reading behind the end gives zeros.
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// From the first byte on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Fields(bytes)
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut field = [0; N];
        let length = N.min(self.0.len());
        field[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        field
    }

    /// A 16-bit field.
    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take())
    }

    /// A 32-bit field.
    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    /// A 64-bit field.
    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }

    /// A signed 64-bit field.
    pub fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.take())
    }
}
