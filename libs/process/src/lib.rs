// SPDX-License-Identifier: MIT OR Apache-2.0
//! Canonical process creation, cooperative and forced end
#![cfg_attr(not(test), no_std)]
