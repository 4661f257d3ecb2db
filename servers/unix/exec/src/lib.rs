// SPDX-License-Identifier: MIT OR Apache-2.0
//! Program images: ELF, #! lines, the initial stack
#![cfg_attr(not(test), no_std)]
