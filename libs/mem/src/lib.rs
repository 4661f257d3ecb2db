// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the compiler takes for granted: `memcpy`, `memmove`, `memset`, `memcmp` (`bcmp`), `strlen`.
//!
//! rustc calls these by name in every program. The precompiled `core` of a hosted target expects
//! a C library to bring them; programs on seL4 and the boot loader have none. This crate brings
//! them, in assembly, so that no optimisation can turn a copying loop into a call of itself.
//!
//! They are written to need few *instructions*: that is what QEMU's `-icount` counts and what an
//! emulator's time goes into. Hence wide registers and unrolled loops, and no `rep movsb` (each
//! of its iterations counts). All sizes from 0, any alignment; `memcpy` allows overlap as well.
//! On aarch64 large clearing uses `dc zva`, so the memory must be of normal type, as all of a
//! program's is; the memory of a device is accessed through volatile types, never through these.
//!
//! A program pulls the crate in with the feature `symbols` and `use croft_mem as _;`. Without the
//! feature the functions exist under the names `croft_memcpy` …, which the tests call.
//!
//! With `symbols` there are also `rust_eh_personality` and `_Unwind_Resume`, which the precompiled
//! `core` and `alloc` refer to, although a program with `panic = "abort"` never unwinds; calling
//! them ends the program.
#![no_std]

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(include_str!("aarch64.s"));

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(include_str!("x86_64.s"));

#[cfg(all(
    feature = "symbols",
    any(target_arch = "aarch64", target_arch = "x86_64")
))]
core::arch::global_asm!(include_str!("symbols.s"));

#[cfg(all(test, any(target_arch = "aarch64", target_arch = "x86_64")))]
mod tests;
