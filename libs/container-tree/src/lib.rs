// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pure logic of containers: the tree, its accounting, the buddy allocator over untyped chunks
#![cfg_attr(not(test), no_std)]
