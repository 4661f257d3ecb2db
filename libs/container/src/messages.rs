// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface, and what travels.
use core::fmt;

use croft_ipc::{Deferrable, ReceivedCapability, data, interface, numbers};

use crate::{Amount, ContainerError, Name, NewProcess, Object};

/// The container server. The badge of the capability names container, holder and rights. [`crate::Container`] says what each
/// method means and which errors it has.
#[interface(number = numbers::CONTAINER, version = 3, name = "container")]
pub trait Containers {
    /// Objects in consecutive slots of the caller's.
    fn allocate(
        &mut self,
        object: Object,
        count: u16,
        first_slot: u64,
    ) -> Result<Block, ContainerError>;
    /// Takes a block back. Answered when it is free.
    fn deallocate(&mut self, block: Block) -> Result<Deferrable<()>, ContainerError>;
    /// A derived container.
    fn derive(&mut self, limits: Limits, slot: u64) -> Result<(), ContainerError>;
    /// A process: thread, CNode and address space, in three slots.
    fn convert(
        &mut self,
        radix: u8,
        client: bool,
        first_slot: u64,
    ) -> Result<Block, ContainerError>;
    /// A derived container with a process in it and perhaps an untyped, in five slots.
    fn derive_process(
        &mut self,
        what: DeriveProcess,
        first_slot: u64,
    ) -> Result<NewProcess, ContainerError>;
    /// Destroys the container; answered when it is gone.
    fn destroy(&mut self) -> Result<Deferrable<()>, ContainerError>;
    /// How much is used and left.
    fn usage(&mut self) -> Result<Usage, ContainerError>;
    /// A capability with at most the same rights.
    fn reduce(&mut self, rights: Rights, slot: u64) -> Result<(), ContainerError>;
    /// A capability in a process' CNode.
    fn share(&mut self, process: Block, slot: u64, rights: Rights) -> Result<(), ContainerError>;
    /// An answer, and nothing else.
    fn null(&mut self) -> Result<(), ContainerError>;
    /// The container's state.
    fn info(&mut self) -> Result<Entry, ContainerError>;
    /// This container and what was derived from it, parents before their children, in parts: those after the container of that
    /// number ([`Entry::number`]), or from the start; none means the end.
    fn list(
        &mut self,
        after: Option<u16>,
    ) -> Result<heapless::Vec<Entry, LIST_LENGTH>, ContainerError>;
    /// A new name.
    fn set_name(&mut self, name: Name) -> Result<(), ContainerError>;
    /// A new limit.
    fn set_limit(&mut self, limit: Amount) -> Result<(), ContainerError>;
    /// Whether the capability is a container of this server's, and which.
    fn identify(
        &mut self,
        capability: ReceivedCapability,
    ) -> Result<Option<Identity>, ContainerError>;
    /// A notification when the container has ended and when its use is above so many bytes; slot 0: none.
    fn watch(&mut self, slot: u64, above: u64) -> Result<(), ContainerError>;
    /// Ends the container; what it has passes to its parent. Answered when that is done.
    fn dissolve(&mut self) -> Result<Deferrable<()>, ContainerError>;
    /// What is allocated from it, in parts: from that place of the server's books on; 0 is the start.
    fn blocks(&mut self, from: u32) -> Result<Blocks, ContainerError>;
    /// Stops what runs in it and below. Answered when that is done.
    fn suspend(&mut self) -> Result<Deferrable<()>, ContainerError>;
    /// Ends that.
    fn resume(&mut self) -> Result<Deferrable<()>, ContainerError>;
    /// Another priority of what runs in it, and the highest of what runs below.
    fn set_priority(&mut self, priority: u8) -> Result<Deferrable<()>, ContainerError>;
    /// Whether and at which priority it runs.
    fn schedule(&mut self) -> Result<Schedule, ContainerError>;
}

/// What a capability allows. Each includes those before it.
#[data]
#[derive(Copy, PartialOrd, Ord)]
pub enum Rights {
    /// Ask for its state, identify it, list what is below it.
    Look,
    /// Allocate from it and deallocate, convert into processes.
    Allocate,
    /// Derive from it.
    Derive,
    /// Name it, set its limit, destroy it.
    Manage,
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Look => "look",
            Self::Allocate => "allocate",
            Self::Derive => "derive",
            Self::Manage => "manage",
        })
    }
}

/// An allocation: what [`crate::Container::deallocate`] takes back.
#[data]
#[derive(Copy, PartialOrd, Ord, Hash)]
pub struct Block(pub u64);

/// How the processor is given to what was converted from a container.
#[data]
#[derive(Copy)]
pub struct Schedule {
    /// The seL4 priority of its threads, and the highest of those below.
    pub priority: u8,
    /// Whether it is suspended itself.
    pub suspended: bool,
    /// Whether nothing in it runs, because it or a container above it is suspended.
    pub stopped: bool,
}

/// The most blocks in one answer.
pub const BLOCKS_LENGTH: usize = 32;

/// Some of what is allocated from a container.
#[data]
pub struct Blocks {
    /// Some of it, or nothing.
    pub blocks: heapless::Vec<Allocation, BLOCKS_LENGTH>,
    /// From where on there may be more; `None`: there is no more.
    pub next: Option<u32>,
}

/// What is allocated from a container.
#[data]
#[derive(Copy)]
pub struct Allocation {
    /// What takes it back.
    pub block: Block,
    /// log2 of its bytes.
    pub bits: u8,
    /// Whether it is a process.
    pub process: bool,
}

/// A new container's limits.
#[data]
#[derive(Copy)]
pub struct Limits {
    /// The most that it and its descendants may use. May be more than the parent has: the ancestors' limits hold as well.
    pub limit: Amount,
    /// Bytes that are set aside for it at once, and that nobody else can use.
    pub guaranteed: u64,
}

/// A container with a process in it, in one call.
#[data]
#[derive(Copy)]
pub struct DeriveProcess {
    /// The container's limits.
    pub limits: Limits,
    /// log2 of the slots of the process' CNode, 1 … 16.
    pub radix: u8,
    /// log2 of the bytes of an untyped for page tables and the like; 0 for none.
    pub untyped_bits: u8,
    /// Whether the process will itself have container capabilities ([`crate::Container::share`]).
    pub client: bool,
}

/// How much is used and left.
#[data]
#[derive(Copy)]
pub struct Usage {
    /// Used by the container and its descendants.
    pub used: Amount,
    /// Can still be had before a limit is reached: its own or an ancestor's.
    pub left: Amount,
}

/// The most entries in one answer.
pub const LIST_LENGTH: usize = 6;

/// The state of a container.
#[data]
#[derive(Copy, Default)]
pub struct Entry {
    /// Its number; given to another container when it is gone.
    pub number: u16,
    /// Its name.
    pub name: Name,
    /// How many containers are above it; the root container has 0.
    pub depth: u8,
    /// Its own limit.
    pub limit: Amount,
    /// What is set aside for it.
    pub guaranteed: Amount,
    /// What it and its descendants use.
    pub used: Amount,
    /// What was allocated from it directly.
    pub own: Amount,
    /// How much more can be allocated from it before a limit is reached: its own or an ancestor's.
    pub left: Amount,
    /// Containers derived from it directly.
    pub children: u16,
    /// Processes converted from its memory.
    pub processes: u16,
    /// How long it has existed, in milliseconds. On x86_64 as exact as the kernel measured the counter at boot: some
    /// hundredths.
    pub age: u64,
}

/// What a container capability is.
#[data]
#[derive(Copy)]
pub struct Identity {
    /// What it allows.
    pub rights: Rights,
    /// Whether it is the container that was asked.
    pub same: bool,
    /// Whether it is that container or one below it.
    pub within: bool,
}
