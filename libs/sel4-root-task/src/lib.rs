// SPDX-License-Identifier: MIT OR Apache-2.0
//! Entry point and runtime of the root task (upstream rust-sel4 names)
#![cfg_attr(not(test), no_std)]
