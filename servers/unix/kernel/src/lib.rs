// SPDX-License-Identifier: MIT OR Apache-2.0
//! The world: system calls over an abstract machine
#![cfg_attr(not(test), no_std)]
