// SPDX-License-Identifier: MIT OR Apache-2.0
//! The aarch64 loader: puts the kernel in its place, maps it and enters it. See the library's head
//! for who puts what where.
//!
//! It touches: the device tree and RAM below itself, its own memory, the serial port when something
//! is wrong. `start.s` has set up the MMU before [`load`] runs: memory below 1 GiB is mapped as
//! devices, the GiB after it as RAM, both where they are.
#![no_std]
#![no_main]

#[cfg(not(target_arch = "aarch64"))]
compile_error!("the loader runs on aarch64 only: give --target aarch64-unknown-linux-gnu");

mod cache;
mod fail;
mod ram;
mod tables;

use core::arch::global_asm;
use core::ptr;
use core::slice;
// memcpy and memset, which the compiler calls by name.
use croft_mem as _;

use croft_loader::{Payload, PayloadError};
use fail::fail;

global_asm!(include_str!("start.s"));

/// RAM that the kernel needs beside its image and the root task, in bytes: the root task's CNode
/// takes 2 MiB, page tables and the rest of what is made at boot well under another two.
const KERNEL_NEEDS: u64 = 4 << 20;

unsafe extern "C" {
    /// The header that the packer appended; placed by the linker script.
    static payload_header: [u8; Payload::ENCODED_LENGTH];

    /// Leaves the loader (start.s).
    fn enter_kernel(
        root_task: u64,
        root_task_end: u64,
        physical_minus_virtual: u64,
        root_task_entry: u64,
        kernel_entry: u64,
    ) -> !;
}

/// Called by start.s, once.
#[unsafe(no_mangle)]
extern "C" fn load() -> ! {
    // SAFETY: the linker script places the symbol on the page after the loader, which is RAM, and
    // nothing writes there.
    let header = unsafe { &payload_header };
    let payload = match Payload::decode(header) {
        Ok(payload) => payload,
        Err(PayloadError::TooShort | PayloadError::WrongMagic) => {
            fail(format_args!("no kernel was packed after the loader"))
        }
    };
    let ram_end = ram::end();
    let needed = payload.root_task.physical_end + KERNEL_NEEDS;
    if ram_end < needed {
        let mebibytes = |address: u64| (address - ram::START).div_ceil(1 << 20);
        fail(format_args!(
            "this machine has {} MiB of RAM, the image needs {}: give more memory",
            mebibytes(ram_end),
            mebibytes(needed)
        ));
    }

    // The device tree has been read: from here on the kernel may take its place.
    let kernel = payload.kernel;
    let destination = ptr::with_exposed_provenance_mut::<u8>(kernel.physical as usize);
    let file_length = kernel.file_length as usize;
    // SAFETY: the packer has checked that the kernel lies in the first GiB of RAM and ends below
    // the loader; its bytes lie after the loader. So the two do not overlap each other or anything
    // that is used later.
    unsafe {
        let source = ptr::with_exposed_provenance::<u8>(kernel.source as usize);
        ptr::copy_nonoverlapping(source, destination, file_length);
        let zeroed = kernel.memory_length as usize - file_length;
        ptr::write_bytes(destination.add(file_length), 0, zeroed);
    }
    if payload.ram_end_cell != 0 {
        let cell = ptr::with_exposed_provenance_mut::<u64>(payload.ram_end_cell as usize);
        // SAFETY: the packer has checked that the word lies in the kernel's bytes.
        unsafe { cell.write_unaligned(ram_end) };
    }
    // SAFETY: the slice is what has just been written.
    cache::make_executable(unsafe { slice::from_raw_parts(destination, file_length) });
    tables::map_kernel(kernel.virtual_address, kernel.physical);

    let root_task = payload.root_task;
    // SAFETY: the kernel is in place, mapped and visible; the arguments are what it expects.
    unsafe {
        enter_kernel(
            root_task.physical,
            root_task.physical_end,
            root_task.physical.wrapping_sub(root_task.virtual_address),
            root_task.entry,
            kernel.entry,
        )
    }
}
