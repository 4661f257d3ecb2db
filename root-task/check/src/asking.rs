// SPDX-License-Identifier: MIT OR Apache-2.0
//! A parent that wants the end of a child: it asks, waits for so long, destroys, and knows which of the two it was.
use croft_ipc::{Incoming, Outgoing, Server};
use croft_process::ending::Manner;
use croft_process::handover::slot;
use croft_server::{Process, counter};
use sel4::cap;

use crate::family::{Family, Told};
use crate::tools::{Result, at, ensure, used};

/// Milliseconds that nobody needs.
const LONG: u64 = 5_000;

/// Milliseconds that a child is loaded in.
const SHORT: u64 = 50;

/// All ways to end, twice: the first time the parent's heap may grow.
pub fn run(family: &mut Family) -> Result {
    ends(family)?;
    let before = used()?;
    ends(family)?;
    ensure(used()? == before, "an end left something")
}

fn ends(family: &mut Family) -> Result {
    // Who ends when it is asked.
    let child = family.make("obedient", &[])?;
    let deadline = family.end(child, LONG)?;
    ensure(family.wait()? == (child, Told::Exited(0)), "no good end")?;
    ensure(family.manner == Manner::InTime, "it was not in time")?;
    ensure(counter() < deadline, "it took all the time")?;
    // Who does not.
    let child = family.make("stubborn", &[])?;
    let deadline = family.end(child, SHORT)?;
    ensure(family.wait()? == (child, Told::Forced), "it was not forced")?;
    ensure(family.manner == Manner::Forced, "it was in time")?;
    ensure(counter() >= deadline, "its time was cut short")?;
    // Who dies of something else meanwhile.
    let child = family.make("spiteful", &[])?;
    let deadline = family.end(child, LONG)?;
    let fault = Told::Faulted(None);
    ensure(family.wait()? == (child, fault), "another end")?;
    ensure(family.manner == Manner::InTime, "it was not in time")?;
    ensure(counter() < deadline, "its fault was not seen")?;
    // Who dies and was not asked.
    let child = family.make("caller", &[])?;
    ensure(family.wait()? == (child, Told::Exited(1)), "a good end")?;
    ensure(family.manner == Manner::Unasked, "nobody asked")?;
    // Who is destroyed by somebody else meanwhile.
    let child = family.make("stubborn", &[])?;
    family.end(child, LONG)?;
    let container = at(family.get(child)?.slots().container);
    container.destroy().map_err(|_| "not destroyed")?;
    ensure(family.wait()? == (child, Told::Killed), "another end")?;
    // Several at once: who has less time goes first.
    let slow = family.make("stubborn", &[])?;
    let fast = family.make("stubborn", &[])?;
    let last = family.end(slow, 2 * SHORT)?;
    family.end(fast, SHORT)?;
    ensure(family.wait()? == (fast, Told::Forced), "the wrong one")?;
    ensure(family.wait()? == (slow, Told::Forced), "the wrong one")?;
    ensure(counter() >= last, "its time was cut short")
}

/// A child that does what servers do.
pub fn obedient(process: &Process) -> Result {
    match process.serve(|_| Ok(Idle)) {
        0 => Ok(()),
        _ => Err("it cannot serve"),
    }
}

/// A server of nothing.
struct Idle;

impl Server for Idle {
    fn message(&mut self, _: &Incoming<'_>, _: &mut [u8]) -> Option<Outgoing> {
        None
    }
}

/// A child that does not care.
pub fn stubborn() -> Result {
    loop {
        cap::Notification::from_bits(slot::EVENTS).wait();
    }
}

/// A child that faults when it is asked.
pub fn spiteful() -> Result {
    cap::Notification::from_bits(slot::EVENTS).wait();
    // To receive from a capability address that leads nowhere is a fault.
    cap::Endpoint::from_bits(u64::MAX >> 1).recv(());
    Err("it did not fault")
}
