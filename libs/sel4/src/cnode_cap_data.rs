// SPDX-License-Identifier: MIT OR Apache-2.0
//! The guard of a CNode capability.

use crate::{Word, sys, version};

/// The guard of a CNode capability: address bits that are consumed before its radix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct CNodeCapData(sys::seL4_CapData);

impl CNodeCapData {
    /// A guard of `guard_size` bits with value `guard`. Bits of the guard that the kernel cannot keep
    /// (it keeps 18) are cut off. A size of 0 mints a CNode without guard; given to a thread it leaves
    /// the guard of its CSpace root as it is.
    #[must_use]
    pub const fn new(guard: Word, guard_size: usize) -> Self {
        Self(version::cnode_guard(guard, guard_size))
    }

    /// The guard of zeros with which addresses of a whole word resolve in a CNode of
    /// `2.pow(cnode_size_bits)` slots, so that its slots are addressed by their index.
    #[must_use]
    pub const fn skip_high_bits(cnode_size_bits: usize) -> Self {
        Self::new(0, crate::WORD_SIZE - cnode_size_bits)
    }

    /// The kernel's type.
    #[must_use]
    pub const fn into_inner(self) -> sys::seL4_CapData {
        self.0
    }

    /// The word, as [`crate::AbsoluteCPtr::mint`] takes it.
    #[must_use]
    pub const fn into_word(self) -> Word {
        self.0.words[0]
    }
}
