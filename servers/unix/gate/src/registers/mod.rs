// SPDX-License-Identifier: MIT OR Apache-2.0
//! The integer registers of a thread, as the world sees them.
//!
//! While a system call is being handled the program counter stands **at the instruction** that made
//! it. So a thread that is resumed with its registers unchanged makes the call again, and that is
//! what restarting a call means; `complete_call` is what ends it. Both architectures have the
//! same methods, so the world is written once against [`crate::Registers`].
//!
//! FP registers are not here, and on aarch64 neither is the thread pointer: no seL4 call reaches
//! them. See [`crate::context`].
pub mod aarch64;
pub mod x86_64;

#[cfg(test)]
mod tests;
