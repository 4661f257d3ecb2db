// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in a context slot.
//!
//! The program can write all of it, so whatever the world reads here is the program's own word for
//! its own state, and nothing more.
use crate::layout::CONTEXT_SLOT;

/// The content of a context slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Context(pub [u8; CONTEXT_SLOT]);

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
    /// `fpsr` and `fpcr`, 32 bits each.
    pub const FPSR: usize = 512;
    /// `fpcr`.
    pub const FPCR: usize = 516;
    /// `tpidr_el0`.
    pub const THREAD_POINTER: usize = 520;
}

impl Context {
    /// Bytes that matter: what has to be copied from one slot to another.
    pub const SIZE: usize = aarch64::THREAD_POINTER + 8;
    /// Where the thread pointer is in a slot (aarch64 only: on x86_64 it is among the registers).
    pub const THREAD_POINTER: usize = aarch64::THREAD_POINTER;
}
