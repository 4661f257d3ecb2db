// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed kernel interface (upstream rust-sel4 names)
#![cfg_attr(not(test), no_std)]
