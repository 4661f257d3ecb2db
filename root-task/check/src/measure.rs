// SPDX-License-Identifier: MIT OR Apache-2.0
//! What operations cost.
use croft_container::{ChildSlots, DeriveProcess, Object, primary};
use croft_server::memory::{self, Access, WINDOWS};
use croft_server::{PAGE, counter};

use crate::tools::{Result, TICK, UNLIMITED, at, ensure, return_slots, slots, used};

/// How often each operation is measured.
const ROUNDS: u64 = 64;

/// Of how many pages it is measured what taking them back costs.
const PAGES: u64 = 256;

/// Runs `operation` several times; logs the mean of the last rounds, in instructions.
fn measure(name: &str, mut operation: impl FnMut() -> Result) -> Result {
    for _ in 0..8 {
        operation()?;
    }
    let start = counter();
    for _ in 0..ROUNDS {
        operation()?;
    }
    log::info!("{name}: {}", (counter() - start) * TICK / ROUNDS);
    Ok(())
}

/// Runs two operations in turn; logs the mean of each.
fn measure_pair<T>(
    names: [&str; 2],
    mut first: impl FnMut() -> Result<T>,
    mut second: impl FnMut(T) -> Result,
) -> Result {
    let mut spent = [0; 2];
    for round in 0..ROUNDS + 8 {
        let start = counter();
        let made = first()?;
        let middle = counter();
        second(made)?;
        let end = counter();
        if round >= 8 {
            spent[0] += middle - start;
            spent[1] += end - middle;
        }
    }
    for (name, spent) in names.into_iter().zip(spent) {
        log::info!("{name}: {}", spent * TICK / ROUNDS);
    }
    Ok(())
}

/// All figures.
pub fn run() -> Result {
    let before = used()?;
    let container = primary();
    let slot = slots(64)?;
    measure("null call", || {
        container.null().map_err(|_| "null call refused")
    })?;
    measure("usage", || {
        container.usage().map(drop).map_err(|_| "usage refused")
    })?;
    for count in [1, 64] {
        let (allocate, deallocate) = match count {
            1 => ("allocate 1 frame", "deallocate 1 frame"),
            _ => ("allocate 64 frames", "deallocate 64 frames"),
        };
        measure_pair(
            [allocate, deallocate],
            || {
                container
                    .allocate_frames(count, slot)
                    .map_err(|_| "no frames")
            },
            |block| {
                container
                    .deallocate(block)
                    .map_err(|_| "block not taken back")
            },
        )?;
    }
    // The most that is cleared in one go, while nobody else is answered.
    let large = Object::Frame { bits: 21 };
    measure_pair(
        ["allocate a frame of 2 MiB", "deallocate a frame of 2 MiB"],
        || {
            container
                .allocate_objects(large, 1, slot)
                .map_err(|_| "no large frame")
        },
        |block| {
            container
                .deallocate(block)
                .map_err(|_| "block not taken back")
        },
    )?;
    measure_pair(
        [
            "allocate an untyped of 32 KiB",
            "deallocate an untyped of 32 KiB",
        ],
        || container.allocate(15, slot).map_err(|_| "no untyped"),
        |block| {
            container
                .deallocate(block)
                .map_err(|_| "block not taken back")
        },
    )?;
    measure_pair(
        ["derive", "destroy an empty container"],
        || {
            container
                .derive(&UNLIMITED, slot)
                .map_err(|_| "not derived")
        },
        |()| at(slot).destroy().map_err(|_| "not destroyed"),
    )?;
    for untyped_bits in [0, 15] {
        let what = DeriveProcess {
            limits: UNLIMITED,
            radix: 1,
            untyped_bits,
            client: false,
        };
        let names = match untyped_bits {
            0 => ["derive + convert", "destroy it"],
            _ => [
                "derive + convert + untyped of 32 KiB",
                "destroy it, untyped unused",
            ],
        };
        measure_pair(
            names,
            || {
                container
                    .derive_process(&what, slot)
                    .map_err(|_| "no process")
            },
            |_| {
                at(ChildSlots::at(slot).container)
                    .destroy()
                    .map_err(|_| "not destroyed")
            },
        )?;
    }
    return_slots(slot, 64);
    ensure(used()? == before, "not everything came back")?;
    revoke_pages()
}

/// What it costs to take back a page, mapped or not: a container with many is destroyed, and one without any.
fn revoke_pages() -> Result {
    let first = slots(PAGES + 1)?;
    // The page tables stay.
    destroy_pages(first, PAGES, PAGES)?;
    let before = used()?;
    let mean = |allocated, mapped| -> Result<u64> {
        let mut spent = 0;
        for _ in 0..ROUNDS / 8 {
            spent += destroy_pages(first, allocated, mapped)?;
        }
        Ok(spent * TICK / (ROUNDS / 8))
    };
    let empty = mean(0, 0)?;
    for (name, mapped) in [("revoke a page", 0), ("revoke a mapped page", PAGES)] {
        let all = mean(PAGES, mapped)?;
        log::info!("{name}: {}", all.saturating_sub(empty) / PAGES);
    }
    return_slots(first, PAGES + 1);
    ensure(used()? == before, "not all pages came back")
}

/// Destroys a container with so many pages, of which so many are mapped; how long that takes, in ticks.
fn destroy_pages(first: u64, allocated: u64, mapped: u64) -> Result<u64> {
    let container = at(first + PAGES);
    primary()
        .derive(&UNLIMITED, first + PAGES)
        .map_err(|_| "not derived")?;
    if allocated > 0 {
        container
            .allocate_frames(allocated as u16, first)
            .map_err(|_| "no frames")?;
    }
    for page in 0..mapped {
        let address = WINDOWS.end - (page + 1) * PAGE as u64;
        memory::with(|memory| memory.map(first + page, address, Access::Write))
            .map_err(|_| "not mapped")?;
    }
    let start = counter();
    container.destroy().map_err(|_| "not destroyed")?;
    Ok(counter() - start)
}
