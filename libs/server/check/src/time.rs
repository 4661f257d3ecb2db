// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clock.

use crate::{Context, expect};
use alloc::format;
use alloc::string::String;
use croft_ipc::EVENT_BADGE_BIT;
use croft_process::handover::slot;
use croft_server::counter;
use sel4::cap;

/// The event bit of the timer.
const TIMER: u32 = 3;

/// The notification that is bound to this thread.
pub const EVENTS: cap::Notification = cap::Notification::from_bits(slot::EVENTS);

/// A timer is never early, one in the past expires at once, one that was taken back never does.
pub fn timers(context: &Context) -> Result<(), String> {
    let event = context
        .process
        .event(TIMER)
        .map_err(|error| format!("{error}"))?;
    context
        .clock
        .subscribe(event.into())
        .map_err(|error| format!("{error}"))?;
    for microseconds in [0, 1, 10, 100, 1000, 5000, 20_000] {
        let start = counter();
        let deadline = start + context.scale.ticks(microseconds * 1000);
        context
            .clock
            .set_timer(deadline)
            .map_err(|error| format!("{error}"))?;
        let ((), badge) = EVENTS.wait();
        let end = counter();
        expect(
            badge == EVENT_BADGE_BIT | 1 << TIMER,
            format!("badge {badge:#x}"),
        )?;
        expect(
            end >= deadline,
            format!(
                "{microseconds} us: {} ticks early",
                deadline.saturating_sub(end)
            ),
        )?;
    }
    context
        .clock
        .set_timer(0)
        .map_err(|error| format!("{error}"))?;
    expect(
        EVENTS.poll().1 != 0,
        "one in the past did not expire at once",
    )?;
    // A later timer takes the place of an earlier one.
    let start = counter();
    let later = start + context.scale.ticks(5_000_000);
    context
        .clock
        .set_timer(start + context.scale.ticks(2_000_000))
        .map_err(|error| format!("{error}"))?;
    context
        .clock
        .set_timer(later)
        .map_err(|error| format!("{error}"))?;
    let ((), _) = EVENTS.wait();
    expect(counter() >= later, "an earlier timer was not replaced")?;
    // A cancelled one stays silent.
    let start = counter();
    context
        .clock
        .set_timer(start + context.scale.ticks(1_000_000))
        .map_err(|error| format!("{error}"))?;
    context.clock.cancel().map_err(|error| format!("{error}"))?;
    while counter() < start + context.scale.ticks(3_000_000) {
        sel4::r#yield();
    }
    expect(EVENTS.poll().1 == 0, "a cancelled one expired")
}

/// Real time is after this was written and runs as monotonic time does.
pub fn realtime(context: &Context) -> Result<(), String> {
    const START_OF_2026: u64 = 1_767_225_600_000_000_000;
    let now = counter();
    let (monotonic, realtime) = (context.scale.monotonic(now), context.scale.realtime(now));
    expect(
        realtime >= START_OF_2026,
        format!("{realtime} ns since 1970"),
    )?;
    let later = counter();
    expect(later >= now, "the counter runs backwards")?;
    let passed = context.scale.monotonic(later) - monotonic;
    expect(
        context.scale.realtime(later) - realtime == passed,
        "it runs at another pace",
    )
}
