// SPDX-License-Identifier: MIT OR Apache-2.0
//! The gate: rewriting of system call instructions, stub pages, signal frames
#![cfg_attr(not(test), no_std)]
