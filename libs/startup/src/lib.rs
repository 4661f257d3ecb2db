// SPDX-License-Identifier: MIT OR Apache-2.0
//! The startup image: installs a program into its own new process
#![cfg_attr(not(test), no_std)]
