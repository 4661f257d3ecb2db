// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two bidders that neither trust each other nor an agent of the other's.

use crate::Result;
use crate::stage::{Happening, Stage};
use croft_ipc::Kept;

pub fn play(stage: &mut Stage) -> Result {
    stage.say("two bid");
    bidder(stage, "alice", "make 70", None)?;
    let meeting = stage.handed()?;
    bidder(stage, "bob", "join 65", Some(&meeting))?;
    both_end(stage)?;
    // It is over, for whoever still has it.
    bidder(stage, "carol", "join 99", Some(&meeting))?;
    stage.ends("carol")?;
    stage.forget(meeting);

    stage.say("one would be the agent itself");
    bidder(stage, "mallory", "forge", None)?;
    let fake = stage.handed()?;
    let waiting = stage.waits()?;
    bidder(stage, "bob", "join 65", Some(&fake))?;
    stage.ends("bob")?;
    stage.go_on(waiting);
    stage.ends("mallory")?;
    stage.forget(fake);

    stage.say("one is destroyed when it has bid");
    let alice = bidder(stage, "alice", "make 70", None)?;
    let meeting = stage.handed()?;
    stage.pause(100);
    stage.destroy(alice);
    bidder(stage, "bob", "join 65", Some(&meeting))?;
    stage.ends("bob")?;
    stage.forget(meeting);

    stage.say("one never bids, and there is no third seat");
    bidder(stage, "alice", "make", None)?;
    let meeting = stage.handed()?;
    stage.ends("alice")?;
    bidder(stage, "bob", "join 65", Some(&meeting))?;
    stage.pause(100);
    bidder(stage, "carol", "join 99", Some(&meeting))?;
    stage.ends("carol")?;
    stage.ends("bob")?;
    stage.forget(meeting);
    Ok(())
}

/// A bidder that has the factory, and perhaps a meeting that somebody handed over; its badge.
fn bidder(stage: &mut Stage, name: &str, how: &str, meeting: Option<&Kept>) -> Result<u64> {
    let factory = ("factory", stage.service("factory")?.0.bits());
    let arguments = alloc::format!("bidder {how}");
    match meeting {
        Some(meeting) => {
            let gifts = [factory, ("meeting", meeting.0)];
            stage.child(name, &arguments, &gifts, &[])
        }
        None => stage.child(name, &arguments, &[factory], &[]),
    }
}

/// In whichever order.
fn both_end(stage: &mut Stage) -> Result {
    for _ in 0..2 {
        match stage.next()? {
            Happening::ChildEnded(ended) if !ended.failed => {}
            other => return Err(alloc::format!("{other:?} instead of an end").into()),
        }
    }
    Ok(())
}
