// SPDX-License-Identifier: MIT OR Apache-2.0
//! Standard input.

use crate::time::EVENTS;
use crate::{Context, expect};
use alloc::format;
use alloc::string::String;
use croft_ipc::EVENT_BADGE_BIT;

/// The event bit of the console.
const INPUT: u32 = 4;

/// Reads to the end; says how many bytes there were and what they sum up to, so that a test can compare. Slowly at first, so
/// that more than a ring's worth waits.
pub fn to_the_end(context: &Context) -> Result<(), String> {
    let event = context
        .process
        .event(INPUT)
        .map_err(|error| format!("{error}"))?;
    context
        .console
        .subscribe(event.into())
        .map_err(|error| format!("{error}"))?;
    let mut buffer = [0; 600];
    let (mut count, mut sum) = (0u64, 0u64);
    loop {
        let input = context
            .console
            .read_into(&mut buffer)
            .map_err(|error| format!("{error}"))?;
        count += input.length as u64;
        sum += buffer[..input.length]
            .iter()
            .map(|byte| u64::from(*byte))
            .sum::<u64>();
        if input.end {
            context.say(&format!("input: {count} bytes, sum {sum}"));
            return Ok(());
        }
        if !input.more {
            let ((), badge) = EVENTS.wait();
            expect(
                badge == EVENT_BADGE_BIT | 1 << INPUT,
                format!("badge {badge:#x}"),
            )?;
        }
    }
}
