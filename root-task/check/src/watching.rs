// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is told of containers: their end, and a use that passes a threshold, once each.
use croft_container::{ContainerError, Object, Rights, primary};
use croft_process::handover::slot;
use sel4::{AbsoluteCPtr, CPtr, CapRights, cap};

use crate::tools::{Result, UNLIMITED, at, ensure, return_slots, slots, used};

const PAGE: u64 = 4096;

/// Slots: a notification, the same with a badge, containers, frames.
const COUNT: u64 = 20;

/// The badge that tells that it is about the container.
const BADGE: u64 = 0x40;

/// All of it.
pub fn run() -> Result {
    let first = slots(COUNT)?;
    let before = used()?;
    let block = primary()
        .allocate_objects(Object::Notification, 1, first)
        .map_err(|_| "no notification")?;
    here(first + 1)
        .mint(&here(first), CapRights::WRITE_ONLY, BADGE)
        .map_err(|_| "not minted")?;
    thresholds(first)?;
    late(first)?;
    ends(first)?;
    too_many(first)?;
    primary().deallocate(block).map_err(|_| "not taken back")?;
    ensure(used()? == before, "watching costs something")?;
    return_slots(first, COUNT);
    Ok(())
}

/// What was told since it was asked last.
fn told(first: u64) -> u64 {
    cap::Notification::from_bits(first).poll().1
}

fn thresholds(first: u64) -> Result {
    let (outer, inner, frame) = (at(first + 2), at(first + 3), first + 4);
    primary()
        .derive(&UNLIMITED, first + 2)
        .map_err(|_| "not derived")?;
    outer
        .derive(&UNLIMITED, first + 3)
        .map_err(|_| "not derived")?;
    outer
        .watch(first + 1, PAGE)
        .map_err(|_| "watching is refused")?;
    let one = inner.allocate_frames(1, frame).map_err(|_| "no frame")?;
    ensure(told(first) == 0, "told too early")?;
    let two = inner
        .allocate_frames(1, frame + 1)
        .map_err(|_| "no frame")?;
    ensure(told(first) == BADGE, "a threshold was passed unnoticed")?;
    ensure(outer.usage().is_ok(), "it is not the end")?;
    inner.deallocate(two).map_err(|_| "not taken back")?;
    inner
        .allocate_frames(1, frame + 1)
        .map_err(|_| "no frame")?;
    ensure(told(first) == 0, "told twice")?;
    // What is passed already is told at once; what is over is not told.
    outer.watch(first + 1, 0).map_err(|_| "refused")?;
    ensure(told(first) == BADGE, "a threshold below the use")?;
    outer.watch(first + 1, 3 * PAGE).map_err(|_| "refused")?;
    outer.unwatch().map_err(|_| "not ended")?;
    inner
        .allocate_frames(4, frame + 2)
        .map_err(|_| "no frames")?;
    ensure(told(first) == 0, "told although nobody asks")?;
    inner.deallocate(one).map_err(|_| "not taken back")?;
    outer.destroy().map_err(|_| "not destroyed")?;
    ensure(told(first) == 0, "told although nobody asks")
}

/// What is made later, as memory had to be cleared for it, passes a threshold like anything else.
fn late(first: u64) -> Result {
    let (outer, large) = (at(first + 2), Object::Frame { bits: 21 });
    let derived = primary().derive(&UNLIMITED, first + 2);
    derived.map_err(|_| "not derived")?;
    for _ in 0..2 {
        outer.watch(first + 1, PAGE).map_err(|_| "refused")?;
        let frame = outer.allocate_objects(large, 1, first + 3);
        let frame = frame.map_err(|_| "no large frame")?;
        ensure(told(first) == BADGE, "a threshold was passed unnoticed")?;
        // It is unclear the next time.
        outer.deallocate(frame).map_err(|_| "not taken back")?;
    }
    outer.destroy().map_err(|_| "not destroyed")
}

fn ends(first: u64) -> Result {
    let (outer, inner) = (at(first + 2), at(first + 3));
    for middle in [false, true] {
        primary()
            .derive(&UNLIMITED, first + 2)
            .map_err(|_| "not derived")?;
        outer
            .derive(&UNLIMITED, first + 3)
            .map_err(|_| "not derived")?;
        inner.watch(first + 1, u64::MAX).map_err(|_| "refused")?;
        inner
            .allocate_frames(8, first + 4)
            .map_err(|_| "no frames")?;
        // By its parent, or with an ancestor.
        match middle {
            false => inner.destroy(),
            true => outer.destroy(),
        }
        .map_err(|_| "not destroyed")?;
        ensure(told(first) == BADGE, "an end is not told")?;
        ensure(inner.usage() == Err(ContainerError::Gone), "no end")?;
        if !middle {
            outer.destroy().map_err(|_| "not destroyed")?;
        }
        ensure(told(first) == 0, "an end is told twice")?;
    }
    Ok(())
}

fn too_many(first: u64) -> Result {
    let container = at(first + 2);
    primary()
        .derive(&UNLIMITED, first + 2)
        .map_err(|_| "not derived")?;
    let empty = container.watch(first + 3, 0);
    ensure(
        matches!(empty, Err(ContainerError::BadSlots { .. })),
        "a notification that is not there",
    )?;
    for slot in first + 4..first + 13 {
        container
            .reduce(Rights::Allocate, slot)
            .map_err(|_| "not reduced")?;
    }
    for slot in first + 4..first + 12 {
        at(slot).watch(first + 1, 0).map_err(|_| "refused")?;
    }
    ensure(
        at(first + 12).watch(first + 1, 0) == Err(ContainerError::NoBooks),
        "any number of watches",
    )?;
    // Something that is no notification does no harm.
    at(first + 4).unwatch().map_err(|_| "not ended")?;
    for odd in [slot::CNODE, slot::TCB, slot::VSPACE, slot::CONTAINER] {
        at(first + 4).watch(odd, 0).map_err(|_| "refused")?;
    }
    container.destroy().map_err(|_| "not destroyed")?;
    told(first);
    Ok(())
}

fn here(slot: u64) -> AbsoluteCPtr {
    cap::CNode::from_bits(slot::CNODE).absolute_cptr(CPtr::from_bits(slot))
}
