// SPDX-License-Identifier: MIT OR Apache-2.0
//! How many address spaces can get a number (ASID): counted by the kernel, which gives them out in pools.
//!
//! The root task makes another pool when the kernel says that all numbers of the others are given out. That is seen in what the root
//! container has left, as a pool is memory. So to make processes until that happens is to count the numbers that are
//! free: one that was lost is missed then.
use croft_container::primary;

use crate::tools::{Result, UNLIMITED, at, ensure, return_slots, slots};

/// Bytes of a process of the smallest kind.
pub const PROCESS: u64 = 8 << 10;

/// Bytes of a pool, and the numbers in it: a page of pointers.
const POOL: u64 = 4 << 10;
pub const POOL_NUMBERS: u64 = POOL / 8;

const PROCESS_AND_POOL: u64 = PROCESS + POOL;

/// Slots of a process.
pub const PROCESS_SLOTS: u64 = 3;

/// More processes than could be wanted here.
const MOST: u64 = 6 * POOL_NUMBERS;

/// How many numbers are free; [`POOL_NUMBERS`] more are afterwards.
pub fn free_numbers() -> Result<u64> {
    let entry = primary().info().map_err(|_| "no state")?;
    let alone = entry.limit.bytes - entry.used.bytes;
    ensure(left()? < alone, "the root container does not show")?;
    let top = slots(1)?;
    let first = slots(MOST * PROCESS_SLOTS)?;
    primary()
        .derive(&UNLIMITED, top)
        .map_err(|_| "not derived")?;
    let count = fill(top, first);
    at(top).destroy().map_err(|_| "not destroyed")?;
    return_slots(first, MOST * PROCESS_SLOTS);
    return_slots(top, 1);
    count
}

fn fill(top: u64, first: u64) -> Result<u64> {
    let mut last = left()?;
    for count in 0..MOST {
        at(top)
            .convert(1, false, first + count * PROCESS_SLOTS)
            .map_err(|_| "no process")?;
        let now = left()?;
        match last.saturating_sub(now) {
            PROCESS => last = now,
            PROCESS_AND_POOL => return Ok(count),
            _ => return Err("somebody else takes memory"),
        }
    }
    Err("there is no end of numbers")
}

fn left() -> Result<u64> {
    let usage = primary().usage().map_err(|_| "no usage")?;
    Ok(usage.left.bytes)
}
