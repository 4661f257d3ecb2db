// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed messages over seL4 IPC: postcard in message registers, errors, capability transfer
#![cfg_attr(not(test), no_std)]
