// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who gets the processor: suspended containers, priorities, equal shares.
use croft_container::{ContainerError, Object, Schedule, primary};
use croft_process::handover::LogLevel;
use croft_process::parent::{Child, Description, Frames, Parent, Startup, create};
use croft_server::OwnParent;
use sel4::cap;

use crate::below::Below;
use crate::creation::startup;
use crate::tools::{Result, UNLIMITED, at, ensure, return_slots, slots, used};

/// This server's priority (image.toml).
const OWN: u8 = 100;

/// How often each of the others gets a time slice before something is measured.
const TURNS: u64 = 6;

/// By how many percent of each other equal shares may differ: an interrupt, or this server's own work, comes out of somebody's.
const DIFFERENCE: u64 = 5;

/// Instructions that count for ever, and the register that they count in.
#[cfg(target_arch = "x86_64")]
const CODE: &[u8] = &[
    0x31, 0xc0, // xor eax, eax
    0x48, 0xff, 0xc0, // inc rax
    0xeb, 0xfb, // jmp to it
];
#[cfg(target_arch = "aarch64")]
const CODE: &[u8] = &[
    0x00, 0x00, 0x80, 0xd2, // mov x0, #0
    0x00, 0x04, 0x00, 0x91, // add x0, x0, #1
    0xff, 0xff, 0xff, 0x17, // b to it
];
const REGISTER: usize = 3;

/// Makes children that count.
struct Makers {
    endpoint: u64,
    bytes: alloc::vec::Vec<u8>,
    frames: Frames,
}

/// A child that counts.
struct Counting(Child);

impl Counting {
    fn tcb(&self) -> cap::Tcb {
        cap::Tcb::from_bits(self.0.slots().tcb)
    }

    fn container(&self) -> croft_container::Container {
        at(self.0.slots().container)
    }

    /// How far it has come. Reading does not stop it.
    fn count(&self) -> Result<u64> {
        let registers = self.tcb().tcb_read_all_registers(false);
        Ok(registers.map_err(|_| "no registers")?.as_words()[REGISTER])
    }
}

impl Makers {
    fn make(&self, parent: u64, priority: u8) -> Result<Counting> {
        let description = Description {
            name: "counting",
            limits: UNLIMITED,
            radix: 8,
            priority,
            log: LogLevel::Info,
            trace: 0,
            startup: Startup {
                bytes: &self.bytes,
                frames: self.frames,
            },
            image: self.frames,
            files: &[],
            arguments: b"",
            capabilities: &[],
            parent: (self.endpoint, 1),
            serves: false,
        };
        let child = create(&mut Below(parent), &description);
        child.map(Counting).map_err(|_| "no child")
    }
}

/// By how much those come further while this server gives its turns away.
fn progress<const N: usize>(who: [&Counting; N]) -> Result<[u64; N]> {
    let mut counts = [0; N];
    for (count, each) in counts.iter_mut().zip(who) {
        *count = each.count()?;
    }
    for _ in 0..TURNS {
        sel4::r#yield();
    }
    for (count, each) in counts.iter_mut().zip(who) {
        *count = each.count()? - *count;
    }
    Ok(counts)
}

/// All of it.
pub fn run() -> Result {
    let first = slots(5)?;
    let endpoint = primary().allocate_objects(Object::Endpoint, 1, first);
    let endpoint = endpoint.map_err(|_| "no endpoint")?;
    let bytes = startup(CODE);
    let pages = primary().allocate_frames(2, first + 1);
    let pages = pages.map_err(|_| "no frames")?;
    for (content, frame) in bytes.chunks(croft_server::PAGE).zip(first + 1..) {
        let written = OwnParent.write_frame(frame, 0, content);
        written.map_err(|_| "not written")?;
    }
    let makers = Makers {
        endpoint: first,
        frames: Frames {
            first_slot: first + 1,
            length: bytes.len() as u64,
        },
        bytes,
    };
    let before = used()?;
    for top in [first + 3, first + 4] {
        primary()
            .derive(&UNLIMITED, top)
            .map_err(|_| "not derived")?;
    }
    let checked = shares(&makers, [first + 3, first + 4])
        .and_then(|()| suspension(&makers, [first + 3, first + 4]))
        .and_then(|()| priorities(&makers, first + 3));
    // Whatever was wrong, what still runs would be in the way of the other checks.
    for top in [first + 3, first + 4] {
        at(top).destroy().map_err(|_| "not destroyed")?;
    }
    checked?;
    ensure(used()? == before, "the children left something")?;
    for block in [endpoint, pages] {
        primary().deallocate(block).map_err(|_| "not taken back")?;
    }
    return_slots(first, 5);
    Ok(())
}

/// Equal containers get equal shares; who has a lower priority gets nothing while somebody above can run.
fn shares(makers: &Makers, [one, other]: [u64; 2]) -> Result {
    let equal = [makers.make(one, OWN)?, makers.make(other, OWN)?];
    let low = makers.make(other, OWN - 1)?;
    let [a, b, nothing] = progress([&equal[0], &equal[1], &low])?;
    log::info!("two that always run came {a} and {b} further, one below them {nothing}");
    ensure(
        a.abs_diff(b) * 100 <= a.max(b) * DIFFERENCE && a > 1000,
        "equal containers get unequal shares",
    )?;
    ensure(nothing == 0, "a lower priority runs")?;
    for each in equal.into_iter().chain([low]) {
        let destroyed = each.0.destroy(&mut OwnParent);
        destroyed.map_err(|_| "not destroyed")?;
    }
    Ok(())
}

/// What is suspended stops, with all below it, and nobody but the container server makes it run.
fn suspension(makers: &Makers, [top, other]: [u64; 2]) -> Result {
    let suspend = |slot| at(slot).suspend().map_err(|_| "not suspended");
    let resume = |slot| at(slot).resume().map_err(|_| "not resumed");
    let (stopped, runs) = (makers.make(top, OWN)?, makers.make(other, OWN)?);
    suspend(top)?;
    let [none, some] = progress([&stopped, &runs])?;
    ensure(none == 0, "a suspended container runs")?;
    ensure(some > 1000, "another container is stopped, too")?;
    // The thread's own capability does not help.
    stopped.tcb().tcb_suspend().map_err(|_| "no suspend")?;
    stopped.tcb().tcb_resume().map_err(|_| "no resume")?;
    let registers = stopped.tcb().tcb_read_all_registers(false);
    let registers = registers.map_err(|_| "no registers")?;
    let written = stopped.tcb().tcb_write_all_registers(true, &registers);
    written.map_err(|_| "not written")?;
    ensure(
        progress([&stopped])? == [0],
        "its capability lets a thread run that is suspended",
    )?;
    // What is made meanwhile is stopped from its beginning, and knows why.
    let newer = makers.make(stopped.0.slots().container, OWN)?;
    ensure(
        progress([&newer])? == [0] && newer.count()? == 0,
        "a process runs in a suspended container",
    )?;
    let schedule = |container: croft_container::Container| {
        let schedule = container.schedule();
        schedule.map_err(|_| "no schedule")
    };
    let expected = |suspended, stopped| Schedule {
        priority: OWN,
        suspended,
        stopped,
    };
    ensure(
        schedule(newer.container())? == expected(false, true),
        "its schedule",
    )?;
    // Suspended twice: by itself, and from above.
    suspend(newer.0.slots().container)?;
    resume(top)?;
    let [far, none] = progress([&stopped, &newer])?;
    ensure(far > 1000, "a resumed container does not run")?;
    ensure(none == 0, "its own suspension is forgotten")?;
    ensure(
        schedule(newer.container())? == expected(true, true),
        "its schedule",
    )?;
    resume(newer.0.slots().container)?;
    let [count] = progress([&newer])?;
    ensure(count > 1000, "what began stopped does not run")?;
    ensure(
        schedule(newer.container())? == expected(false, false),
        "its schedule",
    )?;
    for each in [newer, stopped, runs] {
        let destroyed = each.0.destroy(&mut OwnParent);
        destroyed.map_err(|_| "not destroyed")?;
    }
    Ok(())
}

/// Nothing is above its parent, whoever holds which capability.
fn priorities(makers: &Makers, top: u64) -> Result {
    let set = |slot, priority| at(slot).set_priority(priority);
    let bad = |most| Err(ContainerError::BadPriority { most });
    ensure(set(top, OWN + 1) == bad(OWN), "above the parent")?;
    let child = makers.make(top, OWN - 10)?;
    let slot = child.0.slots().container;
    ensure(set(top, OWN - 20).is_ok(), "not set")?;
    let priority = |slot| at(slot).schedule().map(|schedule| schedule.priority);
    ensure(priority(slot) == Ok(OWN - 20), "it did not come down")?;
    ensure(set(slot, OWN - 10) == bad(OWN - 20), "above the parent")?;
    ensure(makers.make(top, OWN).is_err(), "a child above its parent")?;
    ensure(set(top, OWN).is_ok(), "not set")?;
    ensure(priority(slot) == Ok(OWN - 20), "a raise came down")?;
    // Neither this server, which made the thread, nor anybody else may give it a priority.
    let raised = child.tcb().tcb_set_priority(child.tcb(), OWN.into());
    ensure(
        raised == Err(sel4::Error::RangeError),
        "a thread was raised",
    )?;
    let raised = child.tcb().tcb_set_mc_priority(child.tcb(), 1);
    ensure(
        raised == Err(sel4::Error::RangeError),
        "a maximum was raised",
    )?;
    ensure(progress([&child])? == [0], "it runs")?;
    ensure(set(slot, OWN).is_ok(), "not set")?;
    let [count] = progress([&child])?;
    ensure(count > 1000, "it does not run at its new priority")?;
    child.0.destroy(&mut OwnParent).map_err(|_| "not destroyed")
}
