// SPDX-License-Identifier: MIT OR Apache-2.0
//! Console server: the serial port as a confined process
#![cfg_attr(not(test), no_std)]
