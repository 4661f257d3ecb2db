// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory that is taken back is mapped nowhere any more, however often it was mapped: else its next owner would share it.
//! And a page table can be copied or not, but the kernel goes on.
use croft_container::{Container, Object, primary};
use croft_process::handover::slot;
use croft_server::PAGE;
use croft_server::memory::{self, Access, WINDOWS};
use sel4::{AbsoluteCPtr, CPtr, CapRights, cap};

use crate::tools::{Result, UNLIMITED, at, ensure, return_slots, slots, used};

/// Where nothing else is mapped.
const ADDRESSES: u64 = WINDOWS.end - COPIES * PAGE as u64;

/// How often the frame is mapped.
const COPIES: u64 = 3;

/// The memory of a block, and of a container.
pub fn run() -> Result {
    tables()?;
    let first = slots(COPIES + 2)?;
    // The page tables stay.
    let block = map_copies(&primary(), first)?;
    primary().deallocate(block).map_err(|_| "not taken back")?;
    let before = used()?;
    nothing_is_mapped(first)?;
    primary()
        .derive(&UNLIMITED, first + COPIES + 1)
        .map_err(|_| "not derived")?;
    map_copies(&at(first + COPIES + 1), first)?;
    at(first + COPIES + 1)
        .destroy()
        .map_err(|_| "not destroyed")?;
    nothing_is_mapped(first)?;
    ensure(used()? == before, "not everything came back")?;
    return_slots(first, COPIES + 2);
    Ok(())
}

/// Copies page tables of each level. An answer is all that is wanted: the kernel's own code for one of them stops the machine.
fn tables() -> Result {
    let first = slots(2)?;
    for level in 1..4 {
        let block = primary()
            .allocate_objects(Object::Table { level }, 1, first)
            .map_err(|_| "no table")?;
        let copied = here(first + 1).copy(&here(first), CapRights::all());
        log::info!("a copy of a table of level {level}: {copied:?}");
        here(first + 1).delete().map_err(|_| "not deleted")?;
        primary().deallocate(block).map_err(|_| "not taken back")?;
    }
    return_slots(first, 2);
    Ok(())
}

/// A frame of that container, mapped several times.
fn map_copies(container: &Container, first: u64) -> Result<croft_container::Block> {
    let block = container
        .allocate_frames(1, first)
        .map_err(|_| "no frame")?;
    for copy in 1..COPIES {
        here(first + copy)
            .copy(&here(first), CapRights::all())
            .map_err(|_| "not copied")?;
    }
    for copy in 0..COPIES {
        map(first + copy, copy)?;
    }
    Ok(block)
}

/// Another frame can be mapped wherever the old one was.
fn nothing_is_mapped(first: u64) -> Result {
    let block = primary()
        .allocate_frames(1, first)
        .map_err(|_| "no frame")?;
    for copy in 0..COPIES {
        map(first, copy).map_err(|_| "memory that was taken back is still mapped")?;
        cap::Granule::from_bits(first)
            .frame_unmap()
            .map_err(|_| "not unmapped")?;
    }
    primary().deallocate(block).map_err(|_| "not taken back")
}

fn map(frame: u64, place: u64) -> Result {
    let address = ADDRESSES + place * PAGE as u64;
    memory::with(|memory| memory.map(frame, address, Access::Write)).map_err(|_| "not mapped")
}

fn here(slot: u64) -> AbsoluteCPtr {
    cap::CNode::from_bits(slot::CNODE).absolute_cptr(CPtr::from_bits(slot))
}
