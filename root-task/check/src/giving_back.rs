// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nobody waits while somebody else gives back what has many copies, or much in it: that is revoked at the priority of who asked.
use croft_container::{Block, ContainerError, MAX_UNTYPED_BITS, Object, primary};
use croft_server::{Process, memory::Memory};
use sel4::{CapRights, ObjectBlueprint, cap};

use crate::observer::observe;
use crate::tools::{Result, ensure, return_slots, slots, used};

/// log2 of the slots of the largest CNode.
const RADIX: u8 = 16;

/// Calls that take no time, while others look how long they wait.
const CALLS: usize = 2000;

/// How often each thing is given back.
const ROUNDS: usize = 4;

/// How much longer than the idle median it may take until who has a higher priority is answered.
const PATIENCE: u64 = 10;

/// log2 of the smallest objects in the largest untyped.
const OBJECTS_RADIX: u8 = MAX_UNTYPED_BITS - 4;

/// Objects that the kernel makes of an untyped at once.
const AT_ONCE: usize = 256;

/// Blocks, in the order in which they are given back.
type Made = core::result::Result<[Block; 2], ContainerError>;

/// Makes what is given back, in slots from the first one on.
type Way = fn(u64) -> Made;

/// What is tried.
const WAYS: [(&str, Way); 4] = [
    ("an endpoint with 65 536 copies", copied),
    ("a CNode with 65 536 capabilities", full),
    ("an untyped with 16 384 objects", filled),
    ("a process with 65 536 capabilities", holding),
];

/// Gives such things back while others look how long they wait.
pub fn run(process: &Process) -> Result {
    let first = slots(4)?;
    let rest = || (0..CALLS).try_for_each(|_| primary().null().map_err(|_| "no answer"));
    let ((), idle) = observe(process, "punctual", rest)?;
    let before = used()?;
    for (what, make) in WAYS {
        let mut worst = 0;
        for _ in 0..ROUNDS {
            let blocks = make(first).map_err(|_| "not made")?;
            let back = || {
                blocks
                    .iter()
                    .try_for_each(|block| primary().deallocate(*block))
            };
            let (back, busy) = observe(process, "punctual", || Ok(back()))?;
            back.map_err(|_| "not taken back")?;
            ensure(busy.calls > 20, "too few alarms")?;
            worst = worst.max(busy.worst);
        }
        log::info!(
            "from an alarm to the answer for a higher priority while {what} is given back: {worst} (idle {})",
            idle.median
        );
        ensure(
            worst <= PATIENCE * idle.median,
            "a higher priority waits until others have given back",
        )?;
        ensure(used()? == before, "not everything came back")?;
    }
    return_slots(first, 4);
    Ok(())
}

/// An endpoint in the first slot, and in the second a CNode of 2^`radix` slots.
fn begin(first: u64, radix: u8) -> Made {
    let endpoint = primary().allocate_objects(Object::Endpoint, 1, first)?;
    let cnode = primary().allocate_objects(Object::CNode { radix }, 1, first + 1)?;
    Ok([endpoint, cnode])
}

/// The same with copies of the endpoint in all slots.
fn copied(first: u64) -> Made {
    let blocks = begin(first, RADIX)?;
    copies(first, first + 1)?;
    Ok(blocks)
}

fn full(first: u64) -> Made {
    copied(first).map(|[endpoint, cnode]| [cnode, endpoint])
}

fn holding(first: u64) -> Made {
    let endpoint = primary().allocate_objects(Object::Endpoint, 1, first)?;
    // Its thread, its CNode and its address space.
    let process = primary().convert(RADIX, true, first + 1)?;
    copies(first, first + 2)?;
    Ok([process, endpoint])
}

/// Fills a large CNode with copies of a capability.
fn copies(of: u64, cnode: u64) -> core::result::Result<(), ContainerError> {
    let cnode = cap::CNode::from_bits(cnode);
    for slot in 0..1 << RADIX {
        let copy = cnode.absolute_cptr_from_bits_with_depth(slot, RADIX.into());
        let copied = copy.copy(&Memory::absolute(of), CapRights::all());
        copied.map_err(refused)?;
    }
    Ok(())
}

fn filled(first: u64) -> Made {
    let [endpoint, cnode] = begin(first, OBJECTS_RADIX)?;
    primary().deallocate(endpoint)?;
    let untyped = primary().allocate(MAX_UNTYPED_BITS, first)?;
    let into = cap::CNode::from_bits(first + 1).absolute_cptr_for_self();
    for slot in (0..1 << OBJECTS_RADIX).step_by(AT_ONCE) {
        cap::Untyped::from_bits(first)
            .untyped_retype(&ObjectBlueprint::Endpoint, &into, slot, AT_ONCE)
            .map_err(refused)?;
    }
    Ok([untyped, cnode])
}

fn refused(error: sel4::Error) -> ContainerError {
    let error = error.into_sys();
    ContainerError::Kernel { error }
}
