// SPDX-License-Identifier: MIT OR Apache-2.0
//! Processes, process groups, sessions, signals, waiting
#![cfg_attr(not(test), no_std)]
