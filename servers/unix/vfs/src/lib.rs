// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files: inodes, directories, path walk, open files, pipes
#![cfg_attr(not(test), no_std)]
