// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clock server: timer interrupts, monotonic time, real time
#![cfg_attr(not(test), no_std)]
