// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nobody waits for ever for the answer of a server that is gone: whoever its parent is, whoever destroyed it, and through whatever
//! copy of the capability it was called.
use croft_container::primary;
use croft_process::handover::{Authority, slot};
use croft_process::parent::Given;
use croft_server::Process;
use sel4::{AbsoluteCPtr, CPtr, CapRights, MessageInfoBuilder, cap};

use crate::family::{Family, Told};
use crate::tools::{Result, UNLIMITED, at, ensure, return_slots, slots, used};

/// Milliseconds in which callers call.
const SHORT: u64 = 50;

/// The name of the server that never answers, as its callers have it.
const SERVER: &str = "server";

/// A server that takes a call and never answers.
pub fn mute(process: &Process) -> Result {
    process
        .service()
        .map_err(|_| "no service endpoint")?
        .recv(());
    loop {
        cap::Notification::from_bits(slot::EVENTS).wait();
    }
}

/// A client that calls it, by what it was given or by a copy of that in another slot.
pub fn caller(process: &Process, copies: bool) -> Result {
    let given = process.endpoint(SERVER).map_err(|_| "no server")?.0;
    let endpoint = match copies {
        false => given,
        true => {
            let copy = process.slot().map_err(|_| "no slot")?;
            here(copy)
                .copy(&here(given.bits()), CapRights::all())
                .map_err(|_| "not copied")?;
            cap::Endpoint::from_bits(copy)
        }
    };
    let answer = endpoint.call(MessageInfoBuilder::default().label(1).build());
    let gone = sel4::Error::InvalidCapability.into_sys();
    ensure(
        answer.label() == u64::from(gone),
        "the server's end is not seen",
    )
}

/// Twice: the first time the parent's heap may grow.
pub fn run(family: &mut Family) -> Result {
    for first in [true, false] {
        let before = used()?;
        by_parent(family)?;
        with_ancestor(family)?;
        ensure(first || used()? == before, "something was left")?;
    }
    Ok(())
}

/// The server's parent, which is no root task, ends it.
fn by_parent(family: &mut Family) -> Result {
    let server = family.make("mute", &[])?;
    family.loaded(server)?;
    let callers = callers(family, server)?;
    family.end(server, 0)?;
    ends(family, (server, Told::Forced), callers)
}

/// A container ends from which the server's was derived.
fn with_ancestor(family: &mut Family) -> Result {
    let nest = slots(1)?;
    primary()
        .derive(&UNLIMITED, nest)
        .map_err(|_| "not derived")?;
    family.derive_from(nest);
    let server = family.make("mute", &[]);
    family.derive_from(slot::CONTAINER);
    let server = server?;
    family.loaded(server)?;
    let callers = callers(family, server)?;
    at(nest).destroy().map_err(|_| "not destroyed")?;
    return_slots(nest, 1);
    ends(family, (server, Told::Killed), callers)
}

/// Two that wait for the server: the one that was taken first, and the one in the queue.
fn callers(family: &mut Family, server: u64) -> Result<[u64; 2]> {
    let given = Given {
        name: SERVER,
        authority: Authority::Service,
        slots: &[family.get(server)?.service()],
        rights: CapRights::WRITE_GRANT,
        badge: Some(7),
    };
    let mut callers = [0; 2];
    for (caller, role) in callers.iter_mut().zip(["copier", "caller"]) {
        *caller = family.make(role, &[given])?;
        family.loaded(*caller)?;
        family.pause(SHORT);
    }
    Ok(callers)
}

/// All three end, in whatever order.
fn ends(family: &mut Family, server: (u64, Told), callers: [u64; 2]) -> Result {
    let mut expected = alloc::vec![server];
    expected.extend(callers.map(|caller| (caller, Told::Exited(0))));
    for _ in 0..3 {
        let end = family.wait()?;
        let place = expected.iter().position(|each| *each == end);
        expected.remove(place.ok_or("another end")?);
    }
    Ok(())
}

fn here(slot: u64) -> AbsoluteCPtr {
    cap::CNode::from_bits(slot::CNODE).absolute_cptr(CPtr::from_bits(slot))
}
