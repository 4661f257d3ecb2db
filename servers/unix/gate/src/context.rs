// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in a context slot.
//!
//! The program can write all of it, so whatever the world reads here is the program's own word for
//! its own state, and nothing more.

/// A context slot, [`crate::layout::CONTEXT_SLOT`] bytes in the program's memory.
#[derive(Debug)]
pub enum Context {}

/// Where things are in a slot on x86_64.
pub mod x86_64 {
    /// The area of `fxsave64`.
    pub const FXSAVE: usize = 0;
    /// Its size in bytes.
    pub const FXSAVE_SIZE: usize = 512;
}

/// Where things are in a slot on aarch64.
pub mod aarch64 {
    /// q0 … q31.
    pub const VECTORS: usize = 0;
    /// `fpsr`, 32 bits.
    pub const FPSR: usize = 512;
    /// `fpcr`, 32 bits.
    pub const FPCR: usize = 516;
    /// `tpidr_el0`, 64 bits.
    pub const THREAD_POINTER: usize = 520;
}

impl Context {
    /// How many bytes matter: what has to be copied from one slot to another for a thread that
    /// shares its parent's address space.
    pub const SIZE: usize = if cfg!(target_arch = "aarch64") {
        aarch64::THREAD_POINTER + 8
    } else {
        x86_64::FXSAVE_SIZE
    };
    /// Where in a slot the thread pointer is, as a 64-bit word. Only if
    /// [`crate::Registers::HOLDS_THREAD_POINTER`] does not hold; else the word means nothing.
    pub const THREAD_POINTER: usize = aarch64::THREAD_POINTER;
}

const _: () = assert!(Context::SIZE <= crate::layout::CONTEXT_SLOT);
