// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Unix-emulation server: one world, the monitor of its programs
#![cfg_attr(not(test), no_std)]
