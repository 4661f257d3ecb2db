// SPDX-License-Identifier: MIT OR Apache-2.0
//! The aarch64 boot loader
#![cfg_attr(not(test), no_std)]
