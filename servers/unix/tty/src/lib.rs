// SPDX-License-Identifier: MIT OR Apache-2.0
//! The terminal's line discipline
#![cfg_attr(not(test), no_std)]
