// SPDX-License-Identifier: MIT OR Apache-2.0
//! What travels. The calls that travel in message registers are in [`method`], the others in [`Request`].
use core::fmt;

use croft_ipc::{Interface, numbers};
use serde::{Deserialize, Serialize};

use crate::{Amount, ContainerError, Name};

/// The interface of the container server. The badge of the capability names container, holder and rights.
pub struct ContainerInterface;

impl Interface for ContainerInterface {
    const NAME: &'static str = "container";
    const NUMBER: u8 = numbers::CONTAINER;
    const VERSION: u8 = 1;
    type Request<'a> = Request;
    type Reply<'a> = Reply;
    type Error = ContainerError;
}

/// The calls that travel in message registers: their numbers, words and answers. [`crate::Container`] has a
/// function for each, which says what it means.
pub mod method {
    /// word 0: object code | count << 16; word 1: first slot → block
    pub const ALLOCATE: u8 = 1;
    /// word 0: block
    pub const DEALLOCATE: u8 = 2;
    /// word 0: limit in bytes; word 1: limit in slots; word 2: guaranteed bytes; word 3: slot
    pub const DERIVE: u8 = 3;
    /// word 0: radix | client << 8; word 1: first of three slots → block
    pub const CONVERT: u8 = 4;
    /// word 0: limit in bytes; word 1: slots | radix << 32 | untyped bits << 40 | client << 48; word 2: first of five slots;
    /// word 3: guaranteed bytes → process block, untyped block
    pub const DERIVE_PROCESS: u8 = 5;
    /// no words
    pub const DESTROY: u8 = 6;
    /// no words → used bytes, used slots, bytes left, slots left
    pub const USAGE: u8 = 7;
    /// word 0: rights; word 1: slot
    pub const REDUCE: u8 = 8;
    /// word 0: process block; word 1: slot in that process' CNode; word 2: rights
    pub const SHARE: u8 = 9;
    /// no words: an answer, and nothing else
    pub const NULL: u8 = 10;
}

/// What a capability allows. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

impl Rights {
    /// As it travels.
    #[must_use]
    pub const fn to_code(self) -> u64 {
        self as u64
    }

    /// `None` if the code names none.
    #[must_use]
    pub const fn from_code(code: u64) -> Option<Self> {
        Some(match code {
            0 => Self::Look,
            1 => Self::Allocate,
            2 => Self::Derive,
            3 => Self::Manage,
            _ => return None,
        })
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Block(pub u64);

/// A new container's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most that it and its descendants may use. May be more than the parent has: the ancestors' limits hold as well.
    pub limit: Amount,
    /// Bytes that are set aside for it at once, and that nobody else can use.
    pub guaranteed: u64,
}

/// A container with a process in it, in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Used by the container and its descendants.
    pub used: Amount,
    /// Can still be had before a limit is reached: its own or an ancestor's.
    pub left: Amount,
}

/// The requests that are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// The state of this container → [`Reply::Entries`] with one.
    Info,
    /// This container and what was derived from it, parents before their children, in parts: those after the container of that
    /// number, or from the start → [`Reply::Entries`]; none means the end.
    List {
        /// [`Entry::number`] of the last one that was received.
        after: Option<u16>,
    },
    /// A new name → [`Reply::Done`].
    SetName {
        /// The name.
        name: Name,
    },
    /// A new limit; may be below the present use → [`Reply::Done`].
    SetLimit {
        /// The limit.
        limit: Amount,
    },
    /// Whether the capability that goes along is a container of this server → [`Reply::Identity`].
    Identify,
}

/// The answers to them.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and no heap to put it in"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// Done.
    Done,
    /// States of containers.
    Entries(heapless::Vec<Entry, LIST_LENGTH>),
    /// What the capability is; `None`: not made by this server.
    Identity(Option<Identity>),
}

/// The most entries in one answer.
pub const LIST_LENGTH: usize = 6;

/// The state of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// What a container capability is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What it allows.
    pub rights: Rights,
    /// Whether it is the container that was asked.
    pub same: bool,
    /// Whether it is that container or one below it.
    pub within: bool,
}
