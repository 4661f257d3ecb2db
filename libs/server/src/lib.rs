// SPDX-License-Identifier: MIT OR Apache-2.0
//! Server runtime: entry point, environment, heap, memory windows, log, panic
#![cfg_attr(not(test), no_std)]
