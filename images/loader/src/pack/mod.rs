// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host's side: makes one bootable ELF file out of loader, kernel and root task.

mod error;
mod input;
mod output;

#[cfg(test)]
mod tests;

pub use error::{File, PackError, Problem};

use crate::{Kernel, PAGE_SIZE, Payload, RootTask};
use input::Input;
use output::Placed;

/// The kernel's table of RAM: pairs of 64-bit physical addresses, start and end. Only the QEMU
/// platform of `images/kernel/overlay` has it as writable data.
const RAM_TABLE: &str = "avail_p_regs";

/// What one entry of a level 1 translation table maps, in bytes. The loader maps the kernel with
/// one such entry.
const BLOCK: u64 = 1 << 30;

/// The most that a root task may take in memory, in bytes: the loader's own map ends 1 GiB above
/// the beginning of RAM.
const LARGEST_ROOT_TASK: u64 = 512 << 20;

/// Makes a boot image for `qemu-system-aarch64 -M virt -kernel`.
///
/// The arguments are the contents of three ELF files: this package's binary, the kernel, and the
/// root task with whatever payload of its own it has. The result depends on nothing else.
///
/// # Errors
/// When one of the files cannot be booted, with the file and the reason.
pub fn pack(loader: &[u8], kernel: &[u8], root_task: &[u8]) -> Result<Vec<u8>, PackError> {
    let loader = Input::read(File::Loader, loader)?;
    let kernel = Input::read(File::Kernel, kernel)?;
    let root_task = Input::read(File::RootTask, root_task)?;

    let header_at = page_up(loader.physical_end());
    let kernel_source = header_at + Payload::ENCODED_LENGTH as u64;
    let offset = check_kernel(&kernel, &loader)?;
    let kernel_bytes = kernel.flat();
    let root_at = page_up(kernel_source + kernel_bytes.len() as u64);
    let payload = Payload {
        kernel: Kernel {
            source: kernel_source,
            file_length: kernel_bytes.len() as u64,
            memory_length: kernel.physical_end() - kernel.physical_start(),
            physical: kernel.physical_start(),
            virtual_address: kernel.virtual_start(),
            entry: kernel.entry,
        },
        root_task: place_root_task(&root_task, root_at)?,
        ram_end_cell: ram_end_cell(&kernel, offset)?,
    };

    let header = payload.encode();
    let mut segments = Vec::new();
    for segment in &loader.segments {
        segments.push(Placed::segment(segment, segment.physical));
    }
    segments.push(Placed::bytes(header_at, &header));
    segments.push(Placed::bytes(kernel_source, &kernel_bytes));
    for segment in &root_task.segments {
        let distance = segment.virtual_address - payload.root_task.virtual_address;
        segments.push(Placed::segment(segment, root_at + distance));
    }
    output::write(loader.entry, &segments).map_err(|error| PackError {
        file: File::BootImage,
        problem: error,
    })
}

/// The next page boundary. All callers' values are below 2^62.
fn page_up(address: u64) -> u64 {
    address.next_multiple_of(PAGE_SIZE)
}

/// Whether the loader can load the kernel; gives its virtual minus its physical addresses.
fn check_kernel(kernel: &Input<'_>, loader: &Input<'_>) -> Result<u64, PackError> {
    let offset = kernel.offset()?;
    let (start, end) = (kernel.physical_start(), kernel.physical_end());
    // One block entry must cover all of it, at the same place in the block on both sides.
    if !offset.is_multiple_of(BLOCK) || start / BLOCK != (end - 1) / BLOCK {
        return Err(kernel.problem(Problem::NotOneBlock));
    }
    if start < page_up(loader.physical_end()) && loader.physical_start() < end {
        return Err(kernel.problem(Problem::OverlapsLoader {
            end,
            loader: loader.physical_start(),
        }));
    }
    Ok(offset)
}

/// Places the root task at that physical address.
fn place_root_task(root_task: &Input<'_>, physical: u64) -> Result<RootTask, PackError> {
    // The kernel maps whole pages, beginning with the one that holds the lowest byte.
    let virtual_address = root_task.virtual_start() / PAGE_SIZE * PAGE_SIZE;
    let bytes = root_task.virtual_end() - virtual_address;
    if bytes > LARGEST_ROOT_TASK {
        return Err(root_task.problem(Problem::TooLarge {
            bytes,
            limit: LARGEST_ROOT_TASK,
        }));
    }
    Ok(RootTask {
        physical,
        physical_end: physical + page_up(bytes),
        virtual_address,
        entry: root_task.entry,
    })
}

/// Where the kernel's table of RAM has the end of its first region.
fn ram_end_cell(kernel: &Input<'_>, offset: u64) -> Result<u64, PackError> {
    let Some(table) = kernel.symbol(RAM_TABLE) else {
        return Ok(0);
    };
    let cell = table.wrapping_add(8);
    let holds_cell = |segment: &input::Segment<'_>| {
        let position = cell.wrapping_sub(segment.virtual_address);
        position.saturating_add(8) <= segment.data.len() as u64
    };
    if kernel.segments.iter().any(holds_cell) {
        Ok(cell.wrapping_sub(offset))
    } else {
        Err(kernel.problem(Problem::RamTableOutside))
    }
}
