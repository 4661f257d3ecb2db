// SPDX-License-Identifier: MIT OR Apache-2.0
//! The container server: the only holder of untyped memory
#![cfg_attr(not(test), no_std)]
