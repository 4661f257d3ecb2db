// SPDX-License-Identifier: MIT OR Apache-2.0
//! The types of the manifest.
use serde::{Deserialize, Serialize};

use crate::{LogLevel, Sequence};

/// What is in the image and what the root task starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest<'a> {
    /// The ELF image of the startup program (`libs/startup`), which every new process begins as.
    pub startup: FileRange,
    /// The servers in start order: each stands behind all those whose services it has.
    #[serde(borrow)]
    pub servers: Sequence<'a, Server<'a>>,
}

/// A piece of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRange {
    /// Bytes from the payload's start; a multiple of [`crate::PAGE`].
    pub offset: u64,
    /// Length in bytes. The rest of the last page is zero.
    pub length: u64,
}

/// One server: an ordinary confined process in a container of its own.
///
/// Beside the listed capabilities it has its primary container and a receiving endpoint for the service
/// that it offers. Somebody who has that service has the endpoint badged with its own place in
/// [`Manifest::servers`] plus one, so that a badge is never 0 and names the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server<'a> {
    /// Unique among the servers.
    pub name: &'a str,
    /// Its ELF image.
    pub image: FileRange,
    /// The limit of its container.
    pub reserve: Reserve,
    /// seL4 priority of its thread and its container, the highest of what it makes.
    pub priority: u8,
    /// How many capability slots its container may use.
    pub slots: Slots,
    /// What becomes of it when it ends.
    pub restart: Restart,
    /// How detailed its log is.
    pub log: LogLevel,
    /// How many pages of its container keep its newest messages; 0 keeps none.
    pub trace: u16,
    /// What it may use beside its container.
    #[serde(borrow)]
    pub capabilities: Sequence<'a, Capability<'a>>,
    /// Files that it gets, read-only.
    #[serde(borrow)]
    pub files: Sequence<'a, File<'a>>,
    /// Its arguments, in a form of its own.
    #[serde(borrow)]
    pub arguments: &'a [u8],
}

/// How much memory a server's container may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reserve {
    /// That many bytes.
    Bytes(u64),
    /// That many hundredths of the memory that the root task has to give; 1 … 100.
    Percent(u8),
    /// All that is left when all other servers have theirs.
    Rest,
}

/// A budget of capability slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Slots {
    /// As many as fit the reserve: the root task derives them from it.
    Automatic,
    /// That many.
    Exactly(u32),
}

/// What the root task does when a server has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Restart {
    /// Nothing.
    Never,
    /// Destroys it and creates it anew if it has failed (a fault or a status other than 0).
    OnFailure {
        /// How often; then it stays ended.
        at_most: u32,
    },
}

/// One capability of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capability<'a> {
    /// What the server asks for it by; unique among its capabilities.
    pub name: &'a str,
    /// What it is.
    #[serde(borrow)]
    pub authority: Authority<'a>,
}

/// What a capability lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authority<'a> {
    /// Call the service of another server, which stands earlier in the list.
    Service {
        /// That server's name.
        server: &'a str,
    },
    /// Map the registers of a device.
    DeviceFrames {
        /// Physical address of the first one; a multiple of [`crate::PAGE`].
        physical: u64,
        /// Number of pages.
        pages: u32,
    },
    /// Use x86 I/O ports.
    IoPorts {
        /// The first.
        first: u16,
        /// The last, inclusive.
        last: u16,
    },
    /// Receive and acknowledge an interrupt.
    Interrupt(Interrupt),
    /// See the state of all containers, and nothing else.
    Look,
}

/// An interrupt line, by the names of the machine's interrupt controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interrupt {
    /// aarch64: a GIC interrupt.
    Gic {
        /// Number as the GIC counts: 16 … 31 private ones (PPI), from 32 on shared ones (SPI).
        number: u32,
    },
    /// x86_64: a pin of an IOAPIC.
    IoApic {
        /// Which IOAPIC, from 0.
        ioapic: u32,
        /// Which pin of it, from 0.
        pin: u32,
        /// The vector, as seL4 counts them for user interrupts, from 0.
        vector: u32,
        /// Level or edge.
        trigger: Trigger,
        /// Active high or low.
        polarity: Polarity,
    },
}

/// How an interrupt line signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trigger {
    /// By a change.
    Edge,
    /// By a level, until the device is served.
    Level,
}

/// Which level of an interrupt line is the active one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Polarity {
    /// High.
    High,
    /// Low.
    Low,
}

/// A file that a server gets as read-only frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File<'a> {
    /// What the server asks for it by; unique among its files.
    pub name: &'a str,
    /// Where it is.
    pub range: FileRange,
}
