// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables of records by number, for books whose size is bounded by what pays for them.
//!
//! * [`Table`] grows page by page, never by copying, and says when there is no more room.
//! * Lists go through the records of a table ([`Links`]): each operation takes the same time, and needs no memory.
//! * [`Classes`] are such lists by size, or whatever can be put in order.
//! * [`Records`] are kept in a list for each of the things that they belong to.
//!
//! The crates that do the like (slab, slotmap, generational-arena) grow by copying, and end the program when the heap has no
//! more.
//!
//! Called by the container tree. Touches nothing but the heap.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod classes;
mod list;
mod records;
mod table;

#[cfg(test)]
mod tests;

pub use classes::Classes;
pub use list::Links;
pub use records::{Record, Records};
pub use table::Table;
