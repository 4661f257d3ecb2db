// SPDX-License-Identifier: MIT OR Apache-2.0
//! What calls through generated clients cost, compared with raw ones.
//!
//! `images/run --image ipc-bench --icount` boots three programs of equal priority: `raw` answers by hand-written kernel
//! calls, `stub` by what `#[interface]` makes, and `measure` calls both, and prints figures in nanoseconds: with
//! `--icount` these are instructions. Its exit status is 0 if they are within the bounds.
#![no_std]
#![forbid(unsafe_code)]

use croft_ipc::{ReceivedCapability, interface};

/// What `stub` serves.
#[interface(number = 250, version = 1, recorded = false)]
pub trait Bench {
    /// The number after `number`: nothing but a call.
    fn next(&mut self, number: u64) -> u64;
    /// How many bytes came, through the message buffer.
    fn bytes(&mut self, #[max(900)] bytes: &[u8]) -> u64;
    /// Shares a page for [`Bench::take`].
    fn share(&mut self, page: ReceivedCapability) -> bool;
    /// Copies so many bytes out of the page; the last one.
    fn take(&mut self, length: u16) -> u64;
}
