// SPDX-License-Identifier: MIT OR Apache-2.0
//! The container interface: what can be asked of a container, and by whom.
//!
//! A *container* is an abstraction of a memory reserve. Who holds a capability to one ([`Container`]) allocates
//! memory and kernel objects from it and derives containers with limits of their own, so containers form a tree. What is
//! allocated is accounted in the container and in all its ancestors. Destroying a container destroys everything that was
//! allocated from it and from all that were derived from it.
//!
//! * **Where things go.** The server puts the capabilities that it makes into slots of the *caller's* CNode: a slot is the
//!   number that the caller would use as the capability's address. The slots must be empty. The caller is who the
//!   container capability was made for: a copy that is passed on still means the CNode of the first holder; use
//!   [`Container::share`] to give a container to somebody else.
//! * **Blocks.** Each allocation is a [`Block`]: memory of a power-of-two size (at least [`MIN_BYTES`]) that is charged as a
//!   whole and goes back as a whole, destroying all objects in it, wherever copies of their capabilities are.
//! * **Untypeds** that leave the server are at most [`MAX_UNTYPED_BITS`], so that what is made of one is bounded: at most
//!   16 384 objects.
//! * **Time**: what takes long, a thread of the server does at the caller's priority, while others are answered: clearing memory
//!   of 128 KiB or more, destroying a container, taking a block back, whose objects can have as many copies of their
//!   capabilities as somebody has slots. (A block of at most 64 frames that was given less than 10 µs ago is taken back at
//!   once: nobody can have made many copies.) For a capability one such thing is done at a time; who asks more gets
//!   [`ContainerError::Busy`]. So a thread that asks beside others needs a capability of its own ([`Container::reduce`]).
//! * **Rights**: a capability allows to look, allocate, derive or manage ([`Rights`]); [`Container::reduce`] makes a
//!   copy with less. A process has the right to derive on its primary container, its parent the right to manage.
//! * **Two currencies**: bytes, and slots, which pay for the server's own books: what is kept for a container is charged to it
//!   ([`Amount`]).
//!
//! The hot calls (allocate, deallocate, derive, convert, destroy, usage) travel in message registers.
//! Every request that makes no sense gets a [`ContainerError`]; nothing has changed then.
//!
//! Called by everybody who has a container; served by the root task. Touches nothing itself.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod amount;
mod client;
mod error;
mod messages;
mod name;
mod objects;

#[cfg(test)]
mod tests;

pub use amount::{Amount, Currency};
pub use client::{ChildSlots, Container, NewProcess};
pub use error::ContainerError;
pub use messages::{
    Allocation, BLOCKS_LENGTH, Block, Blocks, Containers, ContainersAllocate, ContainersClient,
    ContainersDestroy, ContainersInterface, ContainersReduce, DeriveProcess, Entry, Identity,
    LIST_LENGTH, Limits, Rights, Schedule, Usage,
};
pub use name::Name;
pub use objects::Object;

/// The smallest block in bytes: less is charged as this.
pub const MIN_BYTES: u64 = 1 << 10;

/// log2 of the largest untyped that a client gets.
pub const MAX_UNTYPED_BITS: u8 = 18;

/// The most objects in one allocation (the kernel makes no more at a time).
pub const MAX_COUNT: u16 = 256;

/// log2 of the largest block of one allocation: a large page, and the CNode of a server that has all memory. The kernel clears
/// it before something is made of it, and lets go of that for interrupts: whoever has a higher priority does not wait for it.
/// What was given back is cleared when nobody has anything to do (`root-task/check`, `clearing`).
pub const MAX_BLOCK_BITS: u8 = 21;

/// The slot of a process' CNode that its primary container is in, from its first instruction on.
pub const PRIMARY_SLOT: u64 = 4;

/// The process' primary container.
#[cfg(feature = "sel4")]
#[must_use]
pub const fn primary() -> Container {
    Container::new(croft_ipc::kernel::Endpoint::from_bits(PRIMARY_SLOT))
}
