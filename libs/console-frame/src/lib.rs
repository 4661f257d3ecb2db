// SPDX-License-Identifier: MIT OR Apache-2.0
//! The framing between the console server and the host's runner on one serial line
#![cfg_attr(not(test), no_std)]
