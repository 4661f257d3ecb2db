// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in a boot image: written by the image builder, read by the root task
#![cfg_attr(not(test), no_std)]
