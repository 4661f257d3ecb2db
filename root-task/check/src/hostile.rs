// SPDX-License-Identifier: MIT OR Apache-2.0
//! A client that means no good: any words under any label, to its containers and to its parent's ears.
use croft_container::{ContainerError, ContainersInterface, Rights, primary};
use croft_ipc::Label;
use croft_process::handover::slot;
use sel4::{MessageInfoBuilder, cap};

use crate::tools::{Numbers, Result, at, ensure, return_slots, slots, used};

/// How many messages of each kind: a million in all.
const MESSAGES: usize = 900_000;
const ALLOCATING: usize = 100_000;

/// Sends nonsense.
pub fn run() -> Result {
    let reduced = slots(2)?;
    primary()
        .reduce(Rights::Look, reduced)
        .map_err(|_| "not reduced")?;
    let before = used()?;
    rights(reduced)?;
    let mut numbers = Numbers(0x5eed);
    for _ in 0..MESSAGES {
        // Nothing can be allocated by accident through a capability that may only look.
        nonsense(reduced, &mut numbers);
    }
    ensure(used()? == before, "nonsense changed something")?;
    for _ in 0..ALLOCATING {
        nonsense_that_allocates(&mut numbers);
    }
    ensure(primary().null().is_ok(), "the container server is gone")?;
    cap::CNode::from_bits(slot::CNODE)
        .absolute_cptr(sel4::CPtr::from_bits(reduced))
        .delete()
        .map_err(|_| "not deleted")?;
    return_slots(reduced, 2);
    Ok(())
}

/// What a reduced capability refuses.
fn rights(reduced: u64) -> Result {
    let container = at(reduced);
    let forbidden = |needed| {
        Some(ContainerError::Forbidden {
            rights: Rights::Look,
            needed,
        })
    };
    ensure(container.usage().is_ok(), "looking is refused")?;
    ensure(
        container.allocate(12, reduced + 1).err() == forbidden(Rights::Allocate),
        "allocating is allowed",
    )?;
    ensure(
        container.destroy().err() == forbidden(Rights::Manage),
        "destroying is allowed",
    )?;
    for rights in [Rights::Look, Rights::Allocate] {
        ensure(
            container.reduce(rights, reduced + 1).err() == forbidden(Rights::Allocate),
            "rights grow, or the container pays for somebody who can only look",
        )?;
    }
    let same = primary().identify(reduced);
    ensure(
        same.is_ok_and(|identity| identity.is_some_and(|identity| identity.same)),
        "a container is not identified",
    )?;
    let other = primary().identify(slot::EVENTS);
    ensure(other == Ok(None), "something else is taken for a container")
}

fn nonsense(slot: u64, numbers: &mut Numbers) {
    let label = match numbers.below(4) {
        0 => numbers.next() & 0xf_ffff,
        _ => Label::of::<ContainersInterface>(0).to_bits() | numbers.next() & 0xff,
    };
    // Mostly short, so that it means something more often.
    let length = match numbers.below(4) {
        0 => numbers.below(121),
        _ => numbers.below(6),
    };
    // Capabilities of anything that this process has come along, or of nothing.
    let capabilities = numbers.below(8).saturating_sub(4);
    sel4::with_ipc_buffer_mut(|buffer| {
        for word in &mut buffer.msg_regs_mut()[..length] {
            *word = numbers.next() >> numbers.below(64);
        }
        for place in 0..capabilities {
            buffer.caps_or_badges_mut()[place] = numbers.below(64) as u64;
        }
    });
    let info = MessageInfoBuilder::default()
        .label(label)
        .extra_caps(capabilities)
        .length(length)
        .build();
    cap::Endpoint::from_bits(slot).call(info);
}

/// The same with a capability that allows to allocate: it may get what it asks for, in slots that it names by chance; all
/// of it is its own.
fn nonsense_that_allocates(numbers: &mut Numbers) {
    let words = [
        numbers.next() >> numbers.below(64),
        numbers.next() >> numbers.below(64),
        numbers.next() >> numbers.below(64),
        numbers.next() >> numbers.below(64),
    ];
    // Not those that would destroy or give away what this server needs itself.
    let method = [1, 4, 7, 8, 9][numbers.below(5)];
    let info = MessageInfoBuilder::default()
        .label(Label::of::<ContainersInterface>(method).to_bits())
        .length(numbers.below(5))
        .build();
    cap::Endpoint::from_bits(slot::CONTAINER).call_with_mrs(info, words);
}
