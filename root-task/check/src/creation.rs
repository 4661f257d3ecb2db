// SPDX-License-Identifier: MIT OR Apache-2.0
//! A parent that fails or dies in the middle of making a child, at each thing that it does: nothing is lost.
use core::cell::Cell;

use alloc::vec::Vec;
use croft_container::{Container, Object, primary};
use croft_ipc::kernel::Endpoint;
use croft_ipc::{
    Label, Outcome, ProtocolError, Send, Transport, TransportFailure, WORDS, WordsOutcome,
};
use croft_process::handover::{Authority, LogLevel, layout, slot};
use croft_process::parent::{Description, Frames, Given, PAGE_WORDS, Parent, Startup, create};
use croft_server::{OwnParent, Process};
use sel4::{AbsoluteCPtr, CPtr, CapRights, cap};

use crate::tools::{Result, UNLIMITED, at, ensure, return_slots, slots, used};

/// A parent that fails once, or from some moment on for ever.
struct Fragile {
    parent: OwnParent,
    /// The container that its children's are derived from.
    container: u64,
    /// How often it may still do something.
    left: Cell<u32>,
    /// Whether that is its end.
    mortal: bool,
    dead: Cell<bool>,
    /// The slots that it has taken.
    taken: Vec<(u64, u64)>,
}

impl Fragile {
    fn fails(&self) -> bool {
        match self.left.get() {
            0 => {
                match self.mortal {
                    true => self.dead.set(true),
                    false => self.left.set(u32::MAX),
                }
                true
            }
            left => {
                self.left.set(left - 1);
                false
            }
        }
    }

    fn reach(&self, slot: u64) -> Container<Reach> {
        Container::new(Reach {
            endpoint: Endpoint::from_bits(slot),
            fails: self.fails(),
        })
    }
}

/// A capability that may lead nowhere.
struct Reach {
    endpoint: Endpoint,
    fails: bool,
}

impl Transport for Reach {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> core::result::Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> core::result::Result<R, TransportFailure> {
        if self.fails {
            return Err(TransportFailure::Gone);
        }
        self.endpoint.call(send, encode, decode)
    }

    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> core::result::Result<R, TransportFailure> {
        if self.fails {
            return Err(TransportFailure::Gone);
        }
        self.endpoint.call_words(label, words, length, decode)
    }
}

impl Parent for Fragile {
    type Transport = Reach;

    fn cnode(&self) -> cap::CNode {
        if self.fails() {
            return cap::CNode::from_bits(slot::NULL);
        }
        self.parent.cnode()
    }

    fn container(&self) -> Container<Reach> {
        self.reach(self.container)
    }

    fn container_at(&self, slot: u64) -> Container<Reach> {
        self.reach(slot)
    }

    fn take_slots(&mut self, count: u64) -> Option<u64> {
        if self.fails() {
            return None;
        }
        let first = self.parent.take_slots(count)?;
        self.taken.push((first, count));
        Some(first)
    }

    fn return_slots(&mut self, first: u64, count: u64) {
        // Who is dead returns nothing.
        if !self.dead.get() {
            self.taken.retain(|each| *each != (first, count));
            self.parent.return_slots(first, count);
        }
    }

    fn write_frame(&mut self, frame: u64, offset: usize, bytes: &[u8]) -> sel4::Result<()> {
        if self.fails() {
            return Err(sel4::Error::FailedLookup);
        }
        self.parent.write_frame(frame, offset, bytes)
    }

    fn read_frame(&mut self, frame: u64, words: &mut [u64; PAGE_WORDS]) -> sel4::Result<()> {
        self.parent.read_frame(frame, words)
    }
}

/// Each step, first with a parent that goes on, then with one that does not.
pub fn run(process: &Process) -> Result {
    let endpoint = slots(1)?;
    let service = primary()
        .allocate_objects(Object::Endpoint, 1, endpoint)
        .map_err(|_| "no endpoint")?;
    // The heap and the window through which a child is written take what they need, and keep it.
    let _ = attempt(process, endpoint, u32::MAX, false);
    for mortal in [false, true] {
        let mut steps = 0;
        while !attempt(process, endpoint, steps, mortal)? {
            steps += 1;
        }
        log::info!(
            "a child is made in {steps} steps; {} at each of them costs nothing",
            if mortal { "death" } else { "failure" }
        );
        ensure(steps > 50, "hardly anything was tried")?;
    }
    primary()
        .deallocate(service)
        .map_err(|_| "not taken back")?;
    return_slots(endpoint, 1);
    Ok(())
}

/// Makes a child, with a failure after so many steps. Whether there was none, because it takes no more.
fn attempt(process: &Process, endpoint: u64, steps: u32, mortal: bool) -> Result<bool> {
    let before = used()?;
    let container = slots(1)?;
    primary()
        .derive(&UNLIMITED, container)
        .map_err(|_| "not derived")?;
    let empty = at(container).usage().map_err(|_| "no usage")?.used;
    let mut parent = Fragile {
        parent: OwnParent,
        container,
        left: Cell::new(steps),
        mortal,
        dead: Cell::new(false),
        taken: Vec::new(),
    };
    let made = make(&mut parent, process, endpoint);
    match made {
        Ok(()) => ensure(!parent.dead.get(), "a failure was not noticed")?,
        // What it could undo is undone.
        Err(_) if !mortal => {
            let after = at(container).usage().map_err(|_| "no usage")?.used;
            ensure(after == empty, "a failure left something")?;
            ensure(parent.taken.is_empty(), "a failure lost slots")?;
        }
        Err(_) => {}
    }
    at(container).destroy().map_err(|_| "not destroyed")?;
    ensure(used()? == before, "a death left something")?;
    for (first, count) in parent.taken {
        for slot in first..first + count {
            // What it had copied from elsewhere would go with its CNode.
            here(slot).delete().map_err(|_| "not deleted")?;
        }
        return_slots(first, count);
    }
    return_slots(container, 1);
    Ok(made.is_ok())
}

fn make(parent: &mut Fragile, process: &Process, endpoint: u64) -> Result {
    let image = process.environment().image;
    let image = Frames {
        first_slot: image.first_slot,
        length: image.length,
    };
    let bytes = startup(&[]);
    let given = Given {
        name: "something",
        authority: Authority::Service,
        slots: &[slot::EVENTS],
        rights: CapRights::READ_ONLY,
        badge: None,
    };
    let description = Description {
        name: "child",
        limits: UNLIMITED,
        radix: 10,
        // It never runs: whoever makes it does not let it.
        priority: 0,
        log: LogLevel::Info,
        trace: 0,
        startup: Startup {
            bytes: &bytes,
            frames: image,
        },
        image,
        files: &[("itself", image)],
        arguments: b"",
        capabilities: &[given],
        parent: (endpoint, 1),
        serves: true,
    };
    create(parent, &description)
        .map(drop)
        .map_err(|_| "no child")
}

/// The smallest startup image: a page with that code that is shared, and one that is written.
pub fn startup(code: &[u8]) -> Vec<u8> {
    /// Where the code is in its page.
    const CODE: u64 = 0x800;
    // Offsets and values as the ELF specification has them.
    const MACHINE: u16 = if cfg!(target_arch = "aarch64") {
        183
    } else {
        62
    };
    let mut bytes = alloc::vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0];
    bytes.resize(16, 0);
    bytes.extend(2u16.to_le_bytes());
    bytes.extend(MACHINE.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    for word in [layout::START + CODE, 64, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(0u32.to_le_bytes());
    for half in [64u16, 56, 2, 64, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    // Read and execute; read and write.
    for (flags, page) in [(5u32, 0), (6, 1)] {
        let at = page * layout::PAGE;
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(flags.to_le_bytes());
        let address = layout::START + at;
        for word in [
            at,
            address,
            address,
            layout::PAGE,
            layout::PAGE,
            layout::PAGE,
        ] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes.resize(CODE as usize, 0);
    bytes.extend(code);
    bytes.resize(2 * layout::PAGE as usize, 0);
    bytes
}

fn here(slot: u64) -> AbsoluteCPtr {
    cap::CNode::from_bits(slot::CNODE).absolute_cptr(CPtr::from_bits(slot))
}
