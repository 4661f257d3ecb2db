// SPDX-License-Identifier: MIT OR Apache-2.0
//! The raw interface of the seL4 kernel that `SEL4_PREFIX` names.
//!
//! Types, constants, invocation labels, system call numbers, bit fields and invocation functions are
//! generated at build time from the kernel's own XML and headers (see `generate/`); only the
//! instructions that enter the kernel stand here. Names are the kernel's C names. The one user is
//! the crate `sel4`, which adds types; programs use that one.
//!
//! Invocations are methods of [`seL4_IPCBuffer`], because they read and write it.
#![cfg_attr(not(test), no_std)]
#![deny(clippy::undocumented_unsafe_blocks)]

#[allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all,
    clippy::undocumented_unsafe_blocks
)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

#[allow(non_snake_case, non_upper_case_globals, clippy::all)]
mod bitfields {
    use super::bindings::*;
    include!(concat!(env!("OUT_DIR"), "/bitfields.rs"));
}

/// Labels that name invocations in a message.
#[allow(non_upper_case_globals)]
pub mod invocation_label {
    include!(concat!(env!("OUT_DIR"), "/labels.rs"));
}

/// System call numbers.
#[allow(non_upper_case_globals)]
pub mod syscall_id {
    include!(concat!(env!("OUT_DIR"), "/syscalls.rs"));
}

#[allow(
    non_camel_case_types,
    non_snake_case,
    unused_mut,
    unused_parens,
    clippy::all
)]
mod stubs {
    use super::bindings::*;
    use super::invocation_label;
    include!(concat!(env!("OUT_DIR"), "/stubs.rs"));
}

#[allow(non_snake_case)]
mod calls;
#[allow(non_snake_case)]
mod debug;
#[cfg_attr(target_arch = "x86_64", path = "entry_x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "entry_aarch64.rs")]
mod entry;

pub use bindings::*;
pub use bitfields::*;
pub use calls::*;
pub use debug::*;
pub use stubs::*;
