// SPDX-License-Identifier: MIT OR Apache-2.0
//! Heap, frames, slots, and what happens at their ends.

use crate::{Context, expect};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use croft_container::Amount;
use croft_server::memory::{self, MemoryError};
use croft_server::{FramePool, Spare, heap};

/// Room that was made sure of is there.
pub fn heap(_: &Context) -> Result<(), String> {
    const BYTES: usize = 256 << 10;
    heap::ensure(BYTES).map_err(|error| format!("{error}"))?;
    expect(
        heap::headroom() >= BYTES,
        format!("headroom {}", heap::headroom()),
    )?;
    let (_, mapped) = heap::usage();
    let numbers: Vec<u32> = (0..BYTES as u32 / 8).collect();
    expect(heap::usage().1 == mapped, "it grew all the same")?;
    let sum: u64 = numbers.iter().map(|number| u64::from(*number)).sum();
    expect(sum == 32767 * 32768 / 2, format!("sum {sum}"))?;
    expect(heap::ensure(1 << 40).is_err(), "a terabyte")
}

/// Frames are zero at first, all different, keep what is written, and all go back.
pub fn frames(_: &Context) -> Result<(), String> {
    const FRAMES: u32 = 200;
    let mut pool = FramePool::new(FRAMES, Spare::default()).map_err(|error| format!("{error}"))?;
    // The first chunk makes page tables, which stay.
    pool.ensure(FRAMES as usize)
        .map_err(|error| format!("{error}"))?;
    pool.trim(0);
    let (before, slots) = (used()?, free_slots());

    let mut taken = Vec::new();
    for _ in 0..FRAMES {
        let frame = pool.allocate().map_err(|error| format!("{error}"))?;
        expect(
            frame.zero && pool.bytes(frame.index).iter().all(|byte| *byte == 0),
            "not zero",
        )?;
        pool.bytes_mut(frame.index).fill(taken.len() as u8);
        taken.push(frame.index);
    }
    for (number, index) in taken.iter().enumerate() {
        let same = pool.bytes(*index).iter().all(|byte| *byte == number as u8);
        expect(same, format!("frame {index} has changed"))?;
    }
    expect(
        pool.used() == FRAMES as usize,
        format!("{} in use", pool.used()),
    )?;
    taken.iter().for_each(|index| pool.give_back(*index));
    let again = pool.allocate().map_err(|error| format!("{error}"))?;
    expect(!again.zero, "a frame that was written counts as zero")?;
    pool.give_back(again.index);
    pool.trim(0);
    expect(
        used()? == before,
        format!("{:?} in use instead of {before:?}", used()?),
    )?;
    expect(
        free_slots() == slots,
        format!("{} free slots instead of {slots}", free_slots()),
    )
}

/// When the reserve is spent there is an error, every last page was used, and all of it can be had again.
pub fn reserve(_: &Context) -> Result<(), String> {
    const MOST: u32 = 4096;
    let mut pool = FramePool::new(MOST, Spare::default()).map_err(|error| format!("{error}"))?;
    let fill = |pool: &mut FramePool| loop {
        if let Err(error) = pool.allocate() {
            return error;
        }
    };
    let error = fill(&mut pool);
    expect(
        matches!(error, MemoryError::Reserve { .. } | MemoryError::Spared),
        format!("{error}"),
    )?;
    let first = pool.used();
    let left = croft_container::primary()
        .usage()
        .map_err(|error| format!("{error}"))?
        .left;
    expect(
        left.bytes < 4096 || left.slots < 4,
        format!("{left:?} left after {first} frames"),
    )?;
    for index in 0..MOST {
        pool.give_back(index);
    }
    pool.trim(0);
    expect(
        pool.used() == 0 && pool.free() == 0,
        "the pool is not empty",
    )?;
    let error = fill(&mut pool);
    expect(
        pool.used() == first,
        format!("{} frames instead of {first}: {error}", pool.used()),
    )?;
    for index in 0..MOST {
        pool.give_back(index);
    }
    pool.trim(0);
    Ok(())
}

/// When the CNode is full there is an error, and what comes back can be had again.
pub fn slots(_: &Context) -> Result<(), String> {
    let before = free_slots();
    let mut taken = Vec::new();
    taken
        .try_reserve_exact(before as usize)
        .map_err(|error| format!("{error}"))?;
    // The heap has grown by now, if it had to.
    let before = free_slots();
    while let Ok(slot) = memory::with(|memory| memory.slots.allocate()) {
        taken.push(slot);
    }
    expect(
        taken.len() as u64 == before,
        format!("{} of {before}", taken.len()),
    )?;
    memory::with(|memory| taken.iter().for_each(|slot| memory.slots.free(*slot, 1)));
    expect(
        free_slots() == before,
        format!("{} instead of {before}", free_slots()),
    )
}

fn free_slots() -> u64 {
    memory::with(|memory| memory.slots.available())
}

fn used() -> Result<Amount, String> {
    let usage = croft_container::primary()
        .usage()
        .map_err(|error| format!("{error}"))?;
    Ok(usage.used)
}
