// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's configuration as compile-time macros (upstream rust-sel4 names)
#![cfg_attr(not(test), no_std)]
