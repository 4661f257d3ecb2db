// SPDX-License-Identifier: MIT OR Apache-2.0
//! The registers of a thread.

use core::mem;

use crate::{Word, sys};

/// The registers of a thread that the kernel lets others read and write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct UserContext(sys::seL4_UserContext);

impl UserContext {
    /// The registers of a thread that begins with a C function, as if it had been called with these
    /// arguments on a stack that ends at `stack_end`.
    ///
    /// # Panics
    /// From argument 6 on: those are on the stack.
    #[must_use]
    pub fn at_function(function: *const (), stack_end: Word, arguments: &[Word]) -> Self {
        let mut registers = Self::default();
        *registers.pc_mut() = function as Word;
        // Below a multiple of 16, a call leaves a return address on x86_64 and nothing on aarch64.
        let taken = if cfg!(target_arch = "x86_64") { 8 } else { 0 };
        *registers.sp_mut() = (stack_end & !15) - taken;
        for (index, argument) in arguments.iter().enumerate() {
            *registers.c_param_mut(index) = *argument;
        }
        registers
    }

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
