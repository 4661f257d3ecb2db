// SPDX-License-Identifier: MIT OR Apache-2.0
//! The aarch64 boot loader, from both sides.
//!
//! seL4 does not bring itself up on aarch64: it wants to be entered with the MMU on, at its virtual
//! address, with the root task already in memory. The binary of this package does that on QEMU's
//! machine `virt`. It is built once; a boot image is made from it *without compiling*, by
//! [`pack`](mod@pack), which appends the kernel and the root task:
//!
//! | physical address | what | who puts it there |
//! |---|---|---|
//! | 0x4000_0000 | the device tree, until the kernel takes its place | QEMU |
//! | 0x4000_0000 … | the kernel (about 2.2 MiB with its zeroed memory) | the loader |
//! | 0x4040_0000 | the loader | QEMU, from the image |
//! | next page | a [`Payload`] header, then the kernel's bytes | QEMU, from the image |
//! | next page | the root task, laid out as it runs | QEMU, from the image |
//!
//! So the only thing that the guest copies is the kernel (some 100 KiB); a root task of any size
//! costs no instructions. All addresses come out of the ELF files' own headers, and all of their
//! mistakes are found while packing, where there is somebody to read about them. The loader reads
//! the size of RAM from the device tree and writes it into the kernel's table of RAM, if it has
//! one (see [`Payload::ram_end_cell`]). When the kernel runs, the memory of loader, payload header
//! and device tree is ordinary untyped memory.
//!
//! Who calls this: the image builder calls [`pack`](mod@pack); the loader's binary decodes
//! [`Payload`]. Layout of the code: `payload` (the header, both sides), `pack` (host),
//! `bin/loader` (guest).
#![cfg_attr(not(any(test, feature = "pack")), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "pack")]
pub mod pack;
mod payload;

#[cfg(feature = "pack")]
pub use pack::pack;
pub use payload::{Kernel, PAGE_SIZE, Payload, PayloadError, RootTask};
