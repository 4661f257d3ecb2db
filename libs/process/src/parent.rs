// SPDX-License-Identifier: MIT OR Apache-2.0
//! The parent's side of canonical creation: [`create`], the two ways to end a child, and what a child holds.
//!
//! Everything that the child needs is paid by the child's own container. Until the child's thread runs, the parent can
//! undo all of it by destroying that container, and [`create`] does so when a step fails.

mod build;
mod end;
mod error;
mod holdings;
mod layout;
mod look;

pub use end::End;
pub use error::CreateError;
pub use holdings::{Holding, Kind, Origin};
pub use look::PAGE_WORDS;

use alloc::vec::Vec;

use croft_container::{Block, ChildSlots, Container, ContainerError, Limits, Name};
use croft_ipc::Transport;
use croft_manifest::LogLevel;
use sel4::{CPtr, CapRights, Word, cap};

use crate::handover::{Authority, recovery};
use crate::startup::{NoStartup, Plan};

/// What a parent can do. A capability address is a slot of the parent's own CNode.
pub trait Parent {
    /// How its containers are reached.
    type Transport: Transport;

    /// The parent's own CNode, in which a slot's number is its address.
    fn cnode(&self) -> cap::CNode;

    /// The container that the children's are derived from.
    fn container(&self) -> Container<Self::Transport>;

    /// The container whose capability is in that slot.
    fn container_at(&self, slot: u64) -> Container<Self::Transport>;

    /// The first of so many empty slots in a row; `None` if there are none.
    fn take_slots(&mut self, count: u64) -> Option<u64>;

    /// The slots are empty again.
    fn return_slots(&mut self, first: u64, count: u64);

    /// Writes `bytes` into the frame in slot `frame`, from byte `offset` on, by mapping it for a moment.
    ///
    /// # Errors
    /// The kernel's.
    fn write_frame(&mut self, frame: u64, offset: usize, bytes: &[u8]) -> sel4::Result<()>;

    /// Reads the words of the frame in slot `frame`, which has the right to be read and is mapped nowhere, by mapping it for
    /// a moment. Others may be writing to it.
    ///
    /// # Errors
    /// The kernel's, also if there is something else in the slot.
    fn read_frame(&mut self, frame: u64, words: &mut [u64; PAGE_WORDS]) -> sel4::Result<()>;
}

/// Bytes as frames of the parent's: page `n` is the frame in slot `first_slot + n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frames {
    /// The first page's slot.
    pub first_slot: u64,
    /// Bytes.
    pub length: u64,
}

/// The startup program's ELF image.
#[derive(Clone, Copy, Debug)]
pub struct Startup<'a> {
    /// Its bytes, for reading.
    pub bytes: &'a [u8],
    /// The same as frames. Pages that need not be changed are shared with all children, read-only.
    pub frames: Frames,
}

/// A capability that the child gets under a name.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The name.
    pub name: &'a str,
    /// What the child is told that it is.
    pub authority: Authority,
    /// The parent's slots that it is copied from; several become consecutive slots of the child's.
    pub slots: &'a [u64],
    /// With which rights.
    pub rights: CapRights,
    /// With which badge, or which other data the kernel takes in its place.
    pub badge: Option<Word>,
}

/// What a child shall be.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// Its name, for its container, its log lines and its parent's.
    pub name: &'a str,
    /// The limits of its container.
    pub limits: Limits,
    /// log2 of the slots of its CNode.
    pub radix: u8,
    /// The priority of its container, at most the parent's: its own, and the highest of what it makes.
    pub priority: u8,
    /// Which of its log lines it sends.
    pub log: LogLevel,
    /// How many pages keep its newest messages for its parent (`croft_trace`); at most [`layout::TRACE_PAGES`], 0 for none.
    pub trace: u16,
    /// The startup image.
    pub startup: Startup<'a>,
    /// Its program.
    pub image: Frames,
    /// Its files by name.
    pub files: &'a [(&'a str, Frames)],
    /// Its arguments.
    pub arguments: &'a [u8],
    /// Its capabilities.
    pub capabilities: &'a [Given<'a>],
    /// The endpoint by which it talks to its parent and that receives its faults, in the parent's slot, and its badge there.
    pub parent: (u64, Word),
    /// Whether it offers a service: then it gets an endpoint named [`crate::handover::Environment::SERVICE`].
    pub serves: bool,
}

/// A child that runs.
#[derive(Debug)]
pub struct Child {
    /// The first of [`SLOTS`] slots of the parent.
    first_slot: u64,
    /// Its memory.
    process: Block,
    /// log2 of the slots of its CNode.
    radix: u8,
    /// Where each of its given capabilities is in its own CNode, in their order.
    given: Vec<u64>,
    /// How its CNode was filled.
    layout: layout::Slots,
    /// The first slot of its CNode with frames of its stack, in ascending order of addresses.
    stack: u64,
    /// The same for those that it notes its messages in.
    trace: u64,
    /// How many these are.
    trace_pages: u16,
}

/// How many slots of the parent's CNode a child takes.
const SLOTS: u64 = ChildSlots::COUNT + 3;

impl Child {
    /// The container, thread, CNode, address space and untyped.
    #[must_use]
    pub const fn slots(&self) -> ChildSlots {
        ChildSlots::at(self.first_slot)
    }

    /// The block that is the process: for sharing more containers with it.
    #[must_use]
    pub const fn process(&self) -> Block {
        self.process
    }

    /// The slot of the endpoint that it serves, unbadged and with all rights. It was allocated from the child's container, so
    /// it ends with it.
    #[must_use]
    pub const fn service(&self) -> u64 {
        self.first_slot + ChildSlots::COUNT
    }

    /// The slot of its notification, unbadged.
    const fn events(&self) -> u64 {
        self.service() + 1
    }

    /// The slot of its notification, with the badge that asks for the end.
    const fn end_request(&self) -> u64 {
        self.service() + 2
    }

    /// The slot of its own CNode that the given capability of that place in [`Description::capabilities`] was put into.
    #[must_use]
    pub fn given_slot(&self, place: usize) -> Option<u64> {
        self.given.get(place).copied()
    }

    /// Puts a copy of the parent's capability in slot `from` into an empty slot of the child's CNode: in the place of one
    /// that has vanished. With a badge, if `from` has none.
    ///
    /// # Errors
    /// The kernel's; [`sel4::Error::DeleteFirst`] if the slot is not empty.
    pub fn give<P: Parent>(
        &self,
        parent: &P,
        slot: u64,
        from: u64,
        rights: CapRights,
        badge: Option<Word>,
    ) -> sel4::Result<()> {
        let from = parent.cnode().absolute_cptr(CPtr::from_bits(from));
        let to = cap::CNode::from_bits(self.slots().cnode)
            .absolute_cptr_from_bits_with_depth(slot, self.radix.into());
        match badge {
            Some(badge) => to.mint(&from, rights, badge),
            None => to.copy(&from, rights),
        }
    }

    /// Has its thread, which has faulted, go on where it said, if it said that it expects a fault
    /// ([`crate::handover::recovery`]). Whether it did.
    ///
    /// # Errors
    /// The kernel's.
    pub fn recover(&self) -> sel4::Result<bool> {
        let tcb = cap::Tcb::from_bits(self.slots().tcb);
        let mut registers = tcb.tcb_read_all_registers(false)?;
        #[cfg(target_arch = "x86_64")]
        let (mark, next) = (registers.r14(), registers.r15());
        #[cfg(target_arch = "aarch64")]
        let (mark, next) = (registers.gpr(27), registers.gpr(28));
        if mark != recovery::MARK {
            return Ok(false);
        }
        *registers.pc_mut() = next;
        tcb.tcb_write_all_registers(true, &registers)?;
        Ok(true)
    }

    /// Asks it to end. It may take its time, or not do it at all.
    pub fn request_end(&self) {
        cap::Notification::from_bits(self.end_request()).signal();
    }

    /// Ends it: destroys its container, and everything that was derived from it. Needs nothing of the child.
    ///
    /// # Errors
    /// [`CreateError::Container`], if the container is gone already or may not be destroyed.
    pub fn destroy<P: Parent>(self, parent: &mut P) -> Result<(), CreateError> {
        let destroyed = parent.container_at(self.slots().container).destroy();
        self.forget(parent);
        destroyed.map_err(CreateError::Container)
    }

    /// Gives its slots back. Its container is destroyed, so nothing stands in them any more: all of it came out of the
    /// container.
    pub fn forget<P: Parent>(self, parent: &mut P) {
        parent.return_slots(self.first_slot, SLOTS);
    }
}

/// The error with the name of the child's container, which had none yet when it was made.
fn of_child(error: ContainerError, name: &str) -> ContainerError {
    match error {
        ContainerError::Limit {
            container,
            currency,
            asked,
            left,
        } if container.as_str().is_empty() => ContainerError::Limit {
            container: Name::new(name),
            currency,
            asked,
            left,
        },
        error => error,
    }
}

/// Makes a process in a container of its own and starts its startup image.
///
/// # Errors
/// See [`CreateError`]; nothing is left of the child then.
pub fn create<P: Parent>(
    parent: &mut P,
    description: &Description<'_>,
) -> Result<Child, CreateError> {
    let image = Plan::new(description.startup.bytes).map_err(|NoStartup| CreateError::Startup)?;
    let first_slot = parent.take_slots(SLOTS).ok_or(CreateError::NoSlots)?;
    let slots = ChildSlots::at(first_slot);
    let wanted = croft_container::DeriveProcess {
        limits: description.limits,
        radix: description.radix,
        untyped_bits: layout::UNTYPED_BITS,
        client: true,
    };
    let new = match parent.container().derive_process(&wanted, first_slot) {
        Ok(new) => new,
        Err(error) => {
            parent.return_slots(first_slot, SLOTS);
            return Err(of_child(error, description.name).into());
        }
    };
    let mut child = Child {
        first_slot,
        process: new.process,
        radix: description.radix,
        given: Vec::new(),
        layout: layout::Slots::default(),
        stack: 0,
        trace: 0,
        trace_pages: 0,
    };
    match build::Builder::new(parent, &mut child, description).run(&image) {
        Ok(()) => Ok(child),
        Err(error) => {
            let container = parent.container_at(slots.container);
            // It was just made with the right to manage it.
            let _ = container.destroy();
            parent.return_slots(first_slot, SLOTS);
            Err(error)
        }
    }
}
