// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fails as its argument says, or logs a line of each level. What the root task and the runner tell of that is looked at by
//! the system tests (`failures`), which know the names of the functions here.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use core::hint::black_box;
use croft_console::tell;
use croft_server::Process;

croft_server::main!(run);

fn run(process: Process) -> i32 {
    match process.arguments() {
        b"panic" => first(panic_here),
        b"fault" => first(fault_here),
        b"overflow" => overflow(0) as i32,
        argument => {
            log::error!("this is an error");
            log::warn!("this is a warning");
            log::info!("this is information");
            log::debug!("this is of use for debugging");
            log::trace!("this is a step");
            let last = argument == b"talk and finish";
            if last {
                tell(&process, Ok::<_, &str>("talked"))
            } else {
                0
            }
        }
    }
}

#[inline(never)]
fn first(fail: fn(u32) -> u32) -> i32 {
    black_box(second(fail)) as i32
}

#[inline(never)]
fn second(fail: fn(u32) -> u32) -> u32 {
    black_box(third(fail)) + 1
}

#[inline(never)]
fn third(fail: fn(u32) -> u32) -> u32 {
    black_box(fail(7)) + 1
}

fn panic_here(number: u32) -> u32 {
    let nothing: Option<u32> = black_box(None);
    nothing.expect("three deep") + number
}

fn fault_here(number: u32) -> u32 {
    // No capability is there; the kernel reports that as a fault.
    let nowhere = sel4::cap::Endpoint::from_bits(1 << 40 | u64::from(number));
    nowhere.recv_with_mrs(()).badge as u32
}

/// Takes more stack than there is.
#[inline(never)]
fn overflow(depth: u64) -> u64 {
    let room = black_box([depth; 32]);
    if black_box(depth) == u64::MAX {
        return room[0];
    }
    overflow(depth + 1) + black_box(room)[31]
}
