// SPDX-License-Identifier: MIT OR Apache-2.0
//! The container interface: requests, replies, errors, client stubs
#![cfg_attr(not(test), no_std)]
