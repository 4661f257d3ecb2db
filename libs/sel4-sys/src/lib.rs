// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw kernel interface, generated from the kernel's own XML and headers
#![cfg_attr(not(test), no_std)]
