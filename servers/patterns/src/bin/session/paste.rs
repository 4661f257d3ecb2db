// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sender and a receiver that do not know each other, with a clipboard between them; then converters with bad intentions.

use crate::Result;
use crate::stage::Stage;
use croft_ipc::kernel::Endpoint;
use croft_patterns::paste::BoardsClient;
use croft_server::Slot;

pub fn play(stage: &mut Stage) -> Result {
    let boards = BoardsClient::new(stage.service("clipboard")?);
    for text in ["3m1e9h", "nonsense", "!write", "!search", "!flood", "!hang"] {
        copy_and_paste(stage, &boards, text)?;
    }
    take_back(stage, &boards)
}

/// Both ends of a new clipboard.
fn board(boards: &BoardsClient<Endpoint>) -> Result<(Slot, Slot)> {
    let (copy_end, paste_end) = (Slot::new()?, Slot::new()?);
    boards.create(&copy_end)?;
    boards.paste_end(copy_end.address(), &paste_end)?;
    Ok((copy_end, paste_end))
}

/// A sender; its badge.
fn sender(stage: &mut Stage, text: &str, copy_end: &Slot) -> Result<u64> {
    let files = [("converter", stage.frames("converter")?)];
    let gifts = [("copying", copy_end.address().0)];
    stage.child("sender", &alloc::format!("sender {text}"), &gifts, &files)
}

fn receiver(stage: &mut Stage, when: &str, paste_end: &Slot) -> Result {
    let files = [("startup", stage.frames("startup")?)];
    let clock = stage.service("clock")?.0.bits();
    let gifts = [("pasting", paste_end.address().0), ("clock", clock)];
    let arguments = alloc::format!("receiver {when}");
    stage
        .child("receiver", &arguments, &gifts, &files)
        .map(drop)
}

fn copy_and_paste(stage: &mut Stage, boards: &BoardsClient<Endpoint>, text: &str) -> Result {
    let (copy_end, paste_end) = board(boards)?;
    stage.say(alloc::format!("somebody copies {text:?}"));
    sender(stage, text, &copy_end)?;
    let waiting = stage.waits()?;
    receiver(stage, "now", &paste_end)?;
    stage.ends("receiver")?;
    stage.go_on(waiting);
    stage.ends("sender")?;
    boards.remove(copy_end.address())?;
    Ok(())
}

/// The sender ends, and takes its page along: before the receiver has a converter, and while that reads.
fn take_back(stage: &mut Stage, boards: &BoardsClient<Endpoint>) -> Result {
    let (copy_end, paste_end) = board(boards)?;
    stage.say("somebody copies, and ends too early");
    let child = sender(stage, "9z", &copy_end)?;
    let sends = stage.waits()?;
    receiver(stage, "later", &paste_end)?;
    let receives = stage.waits()?;
    stage.destroy(child);
    // Nobody hears this, but its slot is free again.
    stage.go_on(sends);
    stage.go_on(receives);
    stage.ends("receiver")?;

    stage.say("somebody copies, and ends while it is read");
    let child = sender(stage, "!read", &copy_end)?;
    let sends = stage.waits()?;
    receiver(stage, "later", &paste_end)?;
    let receives = stage.waits()?;
    stage.go_on(receives);
    stage.pause(150);
    stage.destroy(child);
    stage.go_on(sends);
    stage.ends("receiver")?;
    boards.remove(copy_end.address())?;
    Ok(())
}
