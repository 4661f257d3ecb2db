// SPDX-License-Identifier: MIT OR Apache-2.0
//! What things cost. With `--icount` a nanosecond is an instruction.

use crate::{Context, expect};
use alloc::format;
use alloc::string::String;
use croft_console::Channel;
use croft_server::{FramePool, Spare, counter};

/// How often each is done.
const TIMES: u64 = 256;

/// Prints all of them.
pub fn all(context: &Context) -> Result<(), String> {
    let container = croft_container::primary();
    let mut failed = 0;
    report(context, "null call to the container server", || {
        failed += u32::from(container.null().is_err())
    });
    report(context, "word call to a driver (cancel)", || {
        failed += u32::from(context.clock.cancel().is_err())
    });
    report(
        context,
        "encoded call to a driver (clock parameters)",
        || {
            failed += u32::from(context.clock.parameters().is_err());
        },
    );
    expect(failed == 0, format!("{failed} calls failed"))?;
    // A line of as many bytes as each of the others is done.
    let line = [b'.'; TIMES as usize];
    let start = counter();
    let written = context.console.write_all(Channel::Output, &line);
    say(context, "\nbyte written to the console", counter() - start);
    expect(written.is_ok(), format!("{written:?}"))?;
    let mut pool =
        FramePool::new(TIMES as u32, Spare::default()).map_err(|error| format!("{error}"))?;
    let mut failed = 0;
    report(context, "new frame, mapped", || {
        failed += u32::from(pool.allocate().is_err())
    });
    for index in 0..TIMES as u32 {
        pool.give_back(index);
    }
    report(context, "frame that came back", || {
        failed += u32::from(pool.allocate().is_err())
    });
    for index in 0..TIMES as u32 {
        pool.give_back(index);
    }
    let start = counter();
    pool.trim(0);
    say(
        context,
        "frame given back to the container",
        counter() - start,
    );
    report(context, "new frame where others were", || {
        failed += u32::from(pool.allocate().is_err())
    });
    expect(failed == 0, format!("{failed} frames failed"))?;
    for index in 0..TIMES as u32 {
        pool.give_back(index);
    }
    pool.trim(0);
    Ok(())
}

fn report(context: &Context, what: &str, mut f: impl FnMut()) {
    let start = counter();
    for _ in 0..TIMES {
        f();
    }
    say(context, what, counter() - start);
}

fn say(context: &Context, what: &str, ticks: u64) {
    let start = context.scale.parameters().epoch;
    let nanoseconds = context.scale.monotonic(start + ticks) / TIMES;
    context.say(&format!("{what}: {nanoseconds} ns"));
}
