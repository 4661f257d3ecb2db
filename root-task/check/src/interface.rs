// SPDX-License-Identifier: MIT OR Apache-2.0
//! What each request promises, on the real kernel; above all that a refusal leaves nothing behind.
use croft_container::{
    Amount, ChildSlots, ContainerError, DeriveProcess, Limits, Object, Rights, primary,
};
use croft_process::handover::slot;
use sel4::{AbsoluteCPtr, CPtr, CapRights, cap};

use crate::tools::{Result, UNLIMITED, at, ensure, return_slots, slots, used};

/// How often others get their turn before a container has to be gone.
const TURNS: u32 = 1000;

fn here(slot: u64) -> AbsoluteCPtr {
    cap::CNode::from_bits(slot::CNODE).absolute_cptr(CPtr::from_bits(slot))
}

/// Puts some capability into a slot, which is empty.
fn occupy(slot: u64) -> Result {
    let copied = here(slot).copy(&here(slot::EVENTS), CapRights::all());
    copied.map_err(|_| "a slot is not empty")
}

fn empty(slot: u64) -> Result {
    here(slot).delete().map_err(|_| "not deleted")
}

/// All requests.
pub fn run() -> Result {
    let first = slots(512)?;
    let before = used()?;
    occupied_slots(first)?;
    ensure(used()? == before, "occupied slots cost something")?;
    limits(first)?;
    ensure(used()? == before, "limits cost something")?;
    tree(first)?;
    ensure(used()? == before, "the tree costs something")?;
    sharing(first)?;
    ensure(used()? == before, "sharing costs something")?;
    objects(first)?;
    ensure(used()? == before, "objects cost something")?;
    dissolution(first)?;
    ensure(used()? == before, "a dissolution costs something")?;
    late_refusal(first)?;
    ensure(used()? == before, "a late refusal costs something")?;
    own_end(first)?;
    ensure(used()? == before, "an end that its own process asked for")?;
    return_slots(first, 512);
    Ok(())
}

/// What is refused after memory was cleared for it is given back like everything.
fn late_refusal(first: u64) -> Result {
    let large = Object::Frame { bits: 21 };
    occupy(first)?;
    for _ in 0..4 {
        let block = primary().allocate_objects(large, 1, first + 1);
        let block = block.map_err(|_| "no large frame")?;
        primary().deallocate(block).map_err(|_| "not taken back")?;
        let refused = primary().allocate_objects(large, 1, first);
        ensure(
            matches!(refused, Err(ContainerError::BadSlots { .. })),
            "an occupied slot was not noticed",
        )?;
    }
    empty(first)
}

/// A container ends when one of its own processes asks for that, by a capability that ends with it.
fn own_end(first: u64) -> Result {
    let what = DeriveProcess {
        limits: UNLIMITED,
        radix: 8,
        untyped_bits: 0,
        client: true,
    };
    let slots = ChildSlots::at(first + 1);
    let made = primary().derive_process(&what, first + 1);
    let process = made.map_err(|_| "no process")?.process;
    let shared = at(slots.container).share(process, 4, Rights::Manage);
    shared.map_err(|_| "not shared")?;
    let its_own = cap::CNode::from_bits(slots.cnode).absolute_cptr_from_bits_with_depth(4, 8);
    here(first)
        .copy(&its_own, CapRights::all())
        .map_err(|_| "not copied")?;
    // The capability is gone before the container is: who has only a copy of it may hear of that first.
    let asked = at(first).destroy();
    ensure(
        matches!(asked, Ok(()) | Err(ContainerError::Gone)),
        "not destroyed",
    )?;
    let mut turns = 0..TURNS;
    while at(slots.container).usage() != Err(ContainerError::Gone) {
        turns.next().ok_or("it is still there")?;
        sel4::r#yield();
    }
    Ok(())
}

/// Whichever of the slots is occupied, the request fails and leaves nothing behind.
fn occupied_slots(first: u64) -> Result {
    let what = DeriveProcess {
        limits: UNLIMITED,
        radix: 8,
        untyped_bits: 14,
        client: true,
    };
    let before = used()?;
    for occupied in first..first + ChildSlots::COUNT {
        occupy(occupied)?;
        let result = primary().derive_process(&what, first);
        ensure(
            matches!(result, Err(ContainerError::BadSlots { .. })),
            "an occupied slot was not noticed",
        )?;
        empty(occupied)?;
        ensure(used()? == before, "a failure left something")?;
        for slot in first..first + ChildSlots::COUNT {
            // An empty slot can be filled.
            occupy(slot)?;
            empty(slot)?;
        }
    }
    let beyond = primary().allocate_frames(4, u64::MAX - 2);
    ensure(
        matches!(beyond, Err(ContainerError::BadSlots { .. })),
        "slots beyond the CNode",
    )
}

fn limits(first: u64) -> Result {
    let limit = Amount {
        bytes: 64 << 10,
        slots: 64,
    };
    let limits = Limits {
        limit,
        guaranteed: 32 << 10,
    };
    primary()
        .derive(&limits, first)
        .map_err(|_| "not derived")?;
    let container = at(first);
    container.set_name("limited").map_err(|_| "not named")?;
    let info = container.info().map_err(|_| "no info")?;
    ensure(
        info.name.as_str() == "limited" && info.guaranteed.bytes == 32 << 10,
        "the info is wrong",
    )?;
    let block = container
        .allocate_frames(8, first + 1)
        .map_err(|_| "a guarantee was not kept")?;
    let refused = container.allocate_frames(16, first + 100);
    ensure(
        matches!(refused, Err(ContainerError::Limit { container, asked: 0x1_0000, left: 0x8000, .. })
            if container.as_str() == "limited"),
        "a limit was not enforced",
    )?;
    let more = Amount {
        bytes: 128 << 10,
        slots: 64,
    };
    container.set_limit(more).map_err(|_| "no new limit")?;
    container
        .allocate_frames(16, first + 100)
        .map_err(|_| "the new limit does not count")?;
    let less = Amount {
        bytes: 16 << 10,
        slots: 64,
    };
    ensure(
        container.set_limit(less) == Err(ContainerError::BadLimit),
        "a limit below the guarantee",
    )?;
    container.deallocate(block).map_err(|_| "not taken back")?;
    ensure(
        container.deallocate(block) == Err(ContainerError::NoSuchBlock),
        "a block was taken back twice",
    )?;
    container.destroy().map_err(|_| "not destroyed")
}

fn tree(first: u64) -> Result {
    primary()
        .derive(&UNLIMITED, first)
        .map_err(|_| "not derived")?;
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for (name, slot) in names.iter().zip(first + 1..) {
        at(first)
            .derive(&UNLIMITED, slot)
            .map_err(|_| "not derived")?;
        at(slot).set_name(name).map_err(|_| "not named")?;
    }
    let mut seen = 0;
    at(first)
        .list(|entry| {
            let known = names.iter().any(|name| entry.name.as_str() == *name);
            seen += u32::from(known);
        })
        .map_err(|_| "not listed")?;
    ensure(seen == 10, "the list is not complete")?;
    // What is below is not what it is asked of.
    let identity = at(first)
        .identify(first + 3)
        .map_err(|_| "not identified")?;
    ensure(
        identity.is_some_and(|identity| !identity.same && identity.within),
        "identity",
    )?;
    let identity = at(first + 3)
        .identify(first)
        .map_err(|_| "not identified")?;
    ensure(
        identity.is_some_and(|identity| !identity.within),
        "identity",
    )?;
    at(first).destroy().map_err(|_| "not destroyed")?;
    ensure(
        at(first + 3).null() == Err(ContainerError::Gone),
        "a descendant survived",
    )
}

fn sharing(first: u64) -> Result {
    let what = DeriveProcess {
        limits: UNLIMITED,
        radix: 4,
        untyped_bits: 0,
        client: true,
    };
    let process = primary()
        .derive_process(&what, first)
        .map_err(|_| "no process")?
        .process;
    let container = at(first);
    container
        .share(process, 3, Rights::Derive)
        .map_err(|_| "not shared")?;
    ensure(
        matches!(
            container.share(process, 3, Rights::Derive),
            Err(ContainerError::BadSlots { .. })
        ),
        "two capabilities in one slot",
    )?;
    ensure(
        matches!(
            container.share(process, 16, Rights::Derive),
            Err(ContainerError::BadSlots { .. })
        ),
        "a slot beyond the CNode",
    )?;
    let bogus = croft_container::Block(process.0 ^ 1 << 40);
    ensure(
        container.share(bogus, 4, Rights::Look) == Err(ContainerError::NoSuchProcess),
        "a process that is not there",
    )?;
    // The process goes, and what was shared with it; its container stays.
    container
        .deallocate(process)
        .map_err(|_| "not taken back")?;
    ensure(
        container.share(process, 4, Rights::Look) == Err(ContainerError::NoSuchProcess),
        "a process that is gone",
    )?;
    container.destroy().map_err(|_| "not destroyed")
}

fn objects(first: u64) -> Result {
    let container = primary();
    let kinds = [
        (Object::Untyped { bits: 12 }, 3),
        (Object::Frame { bits: 12 }, 256),
        (Object::Frame { bits: 21 }, 1),
        (Object::CNode { radix: 4 }, 2),
        (Object::Tcb, 1),
        (Object::Endpoint, 100),
        (Object::Notification, 1),
        (Object::Table { level: 1 }, 1),
        (Object::Table { level: 3 }, 2),
    ];
    for (object, count) in kinds {
        let block = container
            .allocate_objects(object, count, first)
            .map_err(|_| "an object was refused")?;
        container.deallocate(block).map_err(|_| "not taken back")?;
    }
    let wrong = [
        (Object::Untyped { bits: 3 }, 1),
        (Object::Untyped { bits: 19 }, 1),
        (Object::Frame { bits: 13 }, 1),
        (Object::Frame { bits: 12 }, 0),
        (Object::Frame { bits: 12 }, 257),
        (Object::Frame { bits: 21 }, 2),
        (Object::Tcb, 2),
        (Object::CNode { radix: 0 }, 1),
        (Object::CNode { radix: 40 }, 1),
        (Object::CNode { radix: 17 }, 1),
        (Object::Table { level: 0 }, 1),
        (Object::Table { level: 4 }, 1),
    ];
    for (object, count) in wrong {
        ensure(
            container.allocate_objects(object, count, first) == Err(ContainerError::BadObject),
            "an impossible object",
        )?;
    }
    Ok(())
}

/// What a container had is its parent's: blocks under their names, a process, a container with a process of its own.
fn dissolution(first: u64) -> Result {
    let what = DeriveProcess {
        limits: UNLIMITED,
        radix: 4,
        untyped_bits: 12,
        client: true,
    };
    let [parent, middle, below, frames] = [first, first + 10, first + 20, first + 30];
    primary()
        .derive(&UNLIMITED, parent)
        .map_err(|_| "not derived")?;
    let made = at(parent).derive_process(&what, middle);
    let process = made.map_err(|_| "no process")?.process;
    at(middle)
        .derive_process(&what, below)
        .map_err(|_| "no process")?;
    // Many blocks, so that it takes several parts.
    let mut blocks = [process; 200];
    for (block, slot) in blocks.iter_mut().zip(frames..) {
        let made = at(middle).allocate_frames(1, slot);
        *block = made.map_err(|_| "no frame")?;
    }
    let usage = |slot| at(slot).info().map_err(|_| "no info");
    let (record, before) = (usage(middle)?, usage(parent)?);
    at(middle)
        .reduce(Rights::Derive, first + 40 + 200)
        .map_err(|_| "not reduced")?;
    let refused = at(first + 240).dissolve();
    ensure(
        matches!(refused, Err(ContainerError::Forbidden { .. })),
        "dissolved without the right",
    )?;
    at(middle).dissolve().map_err(|_| "not dissolved")?;
    for slot in [middle, first + 240] {
        ensure(
            at(slot).null() == Err(ContainerError::Gone),
            "a capability of a dissolved container lasts",
        )?;
    }
    let after = usage(parent)?;
    ensure(
        after.used.bytes == before.used.bytes
            && after.own.bytes == before.own.bytes + record.own.bytes
            && after.used.slots <= before.used.slots - 8,
        "the parent's account is wrong",
    )?;
    ensure(
        after.children == 1 && after.processes == 1,
        "something did not pass",
    )?;
    let (mut seen, mut processes) = (0, 0);
    at(parent)
        .blocks(|each| {
            seen += usize::from(blocks.contains(&each.block) && each.bits == 12);
            processes += usize::from(each.process && each.block == process);
        })
        .map_err(|_| "not listed")?;
    ensure(
        seen == blocks.len() && processes == 1,
        "the list of blocks is wrong",
    )?;
    // The frames are the same objects still, and the containers below go on.
    let (frame, thread) = (cap::Granule::from_bits(frames), middle + 1);
    frame.frame_get_address().map_err(|_| "a frame is gone")?;
    ensure(
        cap::Tcb::from_bits(thread)
            .tcb_read_all_registers(false)
            .is_ok(),
        "a thread is gone",
    )?;
    ensure(usage(below)?.depth == after.depth + 1, "the depth is wrong")?;
    let more = at(below).allocate_frames(4, first + 250);
    at(below)
        .deallocate(more.map_err(|_| "no frames")?)
        .map_err(|_| "not taken back")?;
    // A process that is the parent's now can be given a container again, in the place of the one that is gone.
    at(parent)
        .share(process, croft_container::PRIMARY_SLOT, Rights::Allocate)
        .map_err(|_| "not shared")?;
    for block in &blocks {
        at(parent)
            .deallocate(*block)
            .map_err(|_| "not taken back")?;
    }
    at(parent)
        .deallocate(process)
        .map_err(|_| "not taken back")?;
    ensure(
        cap::Tcb::from_bits(thread)
            .tcb_read_all_registers(false)
            .is_err(),
        "a thread outlived its memory",
    )?;
    at(below).destroy().map_err(|_| "not destroyed")?;
    at(parent).destroy().map_err(|_| "not destroyed")
}
