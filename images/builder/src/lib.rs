// SPDX-License-Identifier: MIT OR Apache-2.0
//! Builds and runs images: the command behind images/run
#![cfg_attr(not(test), no_std)]
