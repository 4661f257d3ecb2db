// SPDX-License-Identifier: MIT OR Apache-2.0
//! Signal frames: what a handler finds on its stack, and what comes back of it.
//!
//! Layouts are Linux's, structure by structure; tests compare them with the C headers. Building a
//! frame writes nothing: the world writes [`Frame::pieces`] into the program's memory, and if that
//! fails, the program gets SIGSEGV as on Linux. Reading one trusts nothing in it.
pub mod aarch64;
mod information;
mod stack;
pub mod x86_64;

pub use information::{Detail, INFORMATION_SIZE, Information};
pub use stack::{AlternateStack, NoRoom};

#[cfg(target_arch = "aarch64")]
pub use aarch64::{Frame, MINIMUM_STACK, build, parse};
#[cfg(target_arch = "x86_64")]
pub use x86_64::{Frame, MINIMUM_STACK, build, parse};

use alloc::vec::Vec;
use unix_abi::Errno;

/// What a signal handler was registered with (`rt_sigaction`), beside its mask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Action {
    /// The function.
    pub handler: usize,
    /// `SA_` flags.
    pub flags: u64,
    /// The function to which the handler returns; counts only with `SA_RESTORER`.
    pub restorer: usize,
}

/// What went wrong in the program, for signals that a fault caused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fault {
    /// x86_64: the exception's vector (14 for a page fault). Not used on aarch64.
    pub vector: u64,
    /// x86_64: the error code; aarch64: the syndrome (ESR).
    pub code: u64,
    /// The address that was accessed.
    pub address: u64,
}

/// One signal that is to be delivered.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// What the handler gets as `siginfo_t`; its signal number is the one that is delivered.
    pub information: &'a Information,
    /// The handler.
    pub action: Action,
    /// The blocked signals to come back to when the handler returns (not those that are blocked
    /// while it runs).
    pub mask: u64,
    /// The thread's alternate stack.
    pub alternate: AlternateStack,
    /// What caused it, if the program did.
    pub fault: Option<Fault>,
}

/// Where the FP registers come from when a handler returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FloatingPoint {
    /// From this address, through [`crate::Routine::SignalReturn`].
    At(usize),
    /// They are reset, through [`crate::Routine::InitialState`].
    Initial,
}

/// Bytes to write, with the address of the first.
pub type Piece = (usize, Vec<u8>);

/// Copies bytes out of the program's memory, all or nothing.
pub type Reader<'a> = dyn FnMut(usize, &mut [u8]) -> Result<(), Errno> + 'a;
