// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers of a thread.

use core::mem;

use crate::{Word, sys};

/// The registers of a thread that the kernel lets others read and write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct UserContext(sys::seL4_UserContext);

impl UserContext {
    /// How many words it has.
    pub const WORDS: usize = mem::size_of::<sys::seL4_UserContext>() / mem::size_of::<Word>();

    /// From the kernel's type.
    #[must_use]
    pub const fn from_inner(inner: sys::seL4_UserContext) -> Self {
        Self(inner)
    }

    /// The kernel's type.
    #[must_use]
    pub const fn into_inner(self) -> sys::seL4_UserContext {
        self.0
    }

    /// The kernel's type.
    #[must_use]
    #[inline(always)]
    pub const fn inner(&self) -> &sys::seL4_UserContext {
        &self.0
    }

    /// The kernel's type.
    #[inline(always)]
    pub const fn inner_mut(&mut self) -> &mut sys::seL4_UserContext {
        &mut self.0
    }

    /// All registers in the kernel's order.
    #[must_use]
    pub const fn as_words(&self) -> &[Word; Self::WORDS] {
        // SAFETY: the kernel's structure is laid out as in C and has only words as members.
        unsafe { &*(&raw const self.0).cast() }
    }

    /// All registers in the kernel's order, to be changed.
    pub const fn as_words_mut(&mut self) -> &mut [Word; Self::WORDS] {
        // SAFETY: the kernel's structure is laid out as in C and has only words as members, and any
        // word is a value of a member.
        unsafe { &mut *(&raw mut self.0).cast() }
    }
}
