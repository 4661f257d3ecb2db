// SPDX-License-Identifier: MIT OR Apache-2.0
//! The logic of containers, without a kernel.
//!
//! A *container* is a memory reserve with a limit. Containers form a tree; what is allocated from one is
//! accounted in it and in all its ancestors; destroying one returns everything that was allocated from it
//! and destroys, recursively, every container derived from it.
//!
//! Two currencies are accounted alike ([`Amount`]): **bytes** of untyped memory, and **slots**, which pay
//! for the server's own books: one slot stands for a capability slot of the root task and the record that
//! describes it. A container's record costs [`CONTAINER_SLOTS`]. So the books of a container are charged
//! to that container, and the number of slots that the root task has bounds all tables. The tables
//! (`croft-tables`) grow page by page out of the root task's heap, never by copying.
//!
//! A container is backed by *chunks*: power-of-two pieces of untyped memory that it took out of its
//! parent's chunks. Inside them it allocates as a buddy system does. Every piece is an untyped capability
//! retyped out of the piece around it, so the container tree is mirrored in the kernel's capability
//! derivation tree, and revoking a container's chunks destroys whatever came out of them, even if the
//! books here were wrong.
//!
//! * Best fit: the smallest free block that is large enough. The kernel clears a boot untyped as a whole
//!   at its first retype, so large ones stay untouched until nothing else will do.
//!   What was given back, and the untyped that will be used next, can be cleared ahead ([`Tree::stale`]); who can wait is told
//!   which block has to be cleared for what was asked ([`Tree::patient`]).
//! * Free neighbours are merged at once in the books but lazily in the kernel: a free block keeps the
//!   capabilities of its parts until it is needed in one piece (or slots run short), because making
//!   them again costs retypes and clearing. What is only kept that way is charged to nobody.
//! * A chunk that is wholly free goes back to the parent at once, unless it backs a guarantee. What is free in a chunk that
//!   is not stays, so that who grows and shrinks does not ask each time; but when somebody else needs it, and nobody on the
//!   way up has anything, it goes too: the chunk falls into its parts, of which those in use stay chunks. So no memory is
//!   stranded but what is smaller than what is asked for, what backs a guarantee, and what lies beside a derived
//!   container's chunk: after a million mixed operations at two thirds of load (tests/fragmentation.rs) a newcomer gets
//!   94 % of what is free in blocks of 32 KiB, 73 % in blocks of 256 KiB; without this, 37 % and 35 %.
//! * Nothing recurses, each operation takes time in the depth of the tree and the number of size classes, and a failure in
//!   the middle leaves use, limits and what is free as they were.
//!
//! Called by the root task, which carries out [`Kernel`] with real capabilities. Touches nothing itself.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod accounts;
mod allocate;
mod books;
mod container;
mod destroy;
mod dissolve;
mod free;
mod grants;
mod grow;
mod kernel;
mod look;
mod processes;
mod reclaim;
mod schedule;
mod tree;
mod watches;

#[cfg(test)]
mod tests;

pub use books::BlockHandle;
pub use container::ContainerId;
pub use croft_container::{Amount, ContainerError, Currency, Entry, Name, Rights, Schedule};
pub use destroy::Revoke;
pub use dissolve::Passed;
pub use free::Rising;
pub use grants::{Grant, Grants, HolderId};
pub use kernel::{Kernel, Slot};
pub use processes::{Process, Processes};
pub use tree::{BootUntyped, Tree};
pub use watches::{WATCHES, Watch, Watches};

/// A result with the interface's own errors: what is refused here is refused to a client.
pub type Result<T = ()> = core::result::Result<T, ContainerError>;

/// log2 of the smallest block, in bytes: half a thread control block. Smaller objects are retyped out of an untyped that
/// the client got.
pub const MIN_BITS: u8 = 10;

/// log2 of the largest block, in bytes: the largest untyped of the kernel.
pub const MAX_BITS: u8 = 47;

/// The deepest that a container can be below the root container. It bounds the time of every operation.
pub const MAX_DEPTH: u8 = 128;

/// Bytes of books that a slot stands for, at the most: whoever has so many slots to give needs so much heap.
pub const BYTES_PER_SLOT: usize = 56;

/// What the record of a container costs in slots.
pub const CONTAINER_SLOTS: u32 = 8;

/// What a process, a grant or a watch costs in slots: a pair ([`Tree::take_slots`]) and its record.
pub const RECORD_SLOTS: u32 = 3;

/// Whether that pays for a record of so many bytes and for that of the pair.
const fn pays(record: usize) -> bool {
    record + 2 * size_of::<books::Block>() <= BYTES_PER_SLOT * RECORD_SLOTS as usize
}
