// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a parent and its new child agree on.
//!
//! 1. The parent derives a container, converts, maps the startup image, a stack, an IPC buffer and the
//!    environment pages at the addresses of [`layout`], and puts capabilities into the child's CNode at
//!    [`slot`] and, by name, at the slots that the environment tells.
//! 2. It starts the child's thread at the startup image's ELF entry with the stack pointer at
//!    [`layout::STACK_TOP`] (no argument registers count) and every frame paid by the child's container.
//! 3. The startup code reads the [`Environment`] (`Environment::decode` of the pages at
//!    [`layout::ENVIRONMENT`]), maps the frames of the program's image at a place of its choice, loads the ELF with
//!    memory of its primary container, unmaps the image, deletes what it does not need,
//! 4. tells its parent [`Parenthood::ready`] through [`slot::PARENT`] and, when that is answered, jumps to the program's
//!    entry with the stack pointer at [`layout::STACK_TOP`]. If it cannot, it tells [`Parenthood::failed`].
//! 5. From then on the program owns the whole region [`layout::START`] .. [`layout::END`]: the environment stays
//!    mapped read-only, the IPC buffer and the stack stay, the startup image may be unmapped or left.
//!
//! A server that the child uses may end. Then all capabilities for it vanish, and a call that waits for an answer fails as
//! one to a server that is gone: the container server sees to it when the server's container is gone, whoever destroyed that
//! or an ancestor of it. [`Parenthood::renew`] gets a capability for its successor.
//!
//! The end: the parent signals [`slot::EVENTS`] with [`END_REQUESTED`] (cooperative), the child tears itself down and
//! tells [`Parenthood::exit`], which is never answered. Or the parent destroys the child's container, which needs nothing
//! of the child: at once, or when the time that it gave the child to end of itself is over ([`crate::ending`]).
//!
//! The child's thread has [`slot::PARENT`] as its fault endpoint too. Whatever arrives there is the child's own voice,
//! so a forged fault is no more than a request to be ended.

mod environment;
mod messages;

#[cfg(test)]
mod tests;

/// Which of its log lines a process sends.
pub use croft_manifest::LogLevel;
pub use environment::{
    Authority, Blob, Environment, EnvironmentError, File, HEADER, NamedCapability, SlotRange,
};
pub use messages::{
    Failure, Parenthood, ParenthoodClient, ParenthoodInterface, ParenthoodRenew, Refusal, TEXT_MAX,
};

/// The fixed slots of a new process' CNode. A capability address is the slot number: the CNode's guard covers all
/// higher bits. Everything else that a process gets has a name in its [`Environment`].
pub mod slot {
    /// Empty for ever, so that address 0 never names anything.
    pub const NULL: u64 = 0;
    /// The process' own CNode (this one).
    pub const CNODE: u64 = 1;
    /// Its address space.
    pub const VSPACE: u64 = 2;
    /// Its first thread.
    pub const TCB: u64 = 3;
    /// Its primary container: a badged endpoint to the container server (`croft_container`).
    pub const CONTAINER: u64 = croft_container::PRIMARY_SLOT;
    /// Its parent: takes [`super::Parenthood`] and the first thread's faults. Write and Grant.
    pub const PARENT: u64 = 5;
    /// A notification of its own, Read and Write, paid by its container and bound to nobody yet. The parent holds
    /// it badged [`super::END_REQUESTED`]. The process binds it to a thread and mints copies with badges of its own
    /// for interrupts and timers.
    pub const EVENTS: u64 = 6;
    /// Where named capabilities begin.
    pub const FIRST_NAMED: u64 = 8;
}

/// The badge by which the parent asks for the end through [`slot::EVENTS`]: bit 27 marks an event in a receive loop
/// ([`croft_ipc::EVENT_BADGE_BIT`]), bit 26 is the event. Bits 0 … 25 are the process' own.
pub const END_REQUESTED: u64 = croft_ipc::EVENT_BADGE_BIT | 1 << 26;

/// Faults that a process expects: its parent has the thread go on instead of ending the process.
///
/// While a thread copies from memory that another process can take away, it has [`recovery::MARK`] in one register of
/// those that functions preserve and the address to go on at in the next: r14 and r15 on x86_64, x27 and x28 on aarch64.
/// All of this is the process' own affair: where its thread goes on concerns nobody else.
pub mod recovery {
    /// What says that a fault is expected.
    pub const MARK: u64 = 0x6372_6f66_745f_6f6b;
}

/// Where things are in a new process' address space. All of it lies in one 2 MiB region, so that one page table of
/// each level suffices; programs are linked below [`layout::START`] and may use everything else as they like.
pub mod layout {
    /// Start of the region, and the address that the startup image is linked at.
    pub const START: u64 = 0x7000_0000;
    /// Where the startup image must end.
    pub const STARTUP_END: u64 = 0x7008_0000;
    /// The environment pages, read-only.
    pub const ENVIRONMENT: u64 = 0x7008_0000;
    /// The most that the environment pages take, in bytes.
    pub const ENVIRONMENT_LENGTH: u64 = 0x8_0000;
    /// The lowest address of the stack. The page below stays unmapped.
    pub const STACK_START: u64 = STACK_TOP - STACK_LENGTH;
    /// The length of the first thread's stack in bytes.
    pub const STACK_LENGTH: u64 = 0x1_0000;
    /// The end of the stack: the first thread's stack pointer. A multiple of 16.
    pub const STACK_TOP: u64 = 0x701e_0000;
    /// Where the process notes the messages that it sends and gets, if its parent wants to know.
    pub const TRACE: u64 = STACK_TOP;
    /// The most pages for that.
    pub const TRACE_PAGES: u16 = 16;
    /// The first thread's IPC buffer (one page).
    pub const IPC_BUFFER: u64 = 0x701f_0000;
    /// End of the region.
    pub const END: u64 = 0x7020_0000;
    const _: () = assert!(TRACE + TRACE_PAGES as u64 * PAGE <= IPC_BUFFER);
    /// The page size that all of this counts in.
    pub const PAGE: u64 = 4096;
}
