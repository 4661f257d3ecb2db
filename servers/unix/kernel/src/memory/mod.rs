// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory of the programs: regions, pages that appear when they are touched, copy-on-write, and the
//! world's own way to read and write a program's bytes.
//!
//! ```text
//!   region (what an address means)        page store (where bytes live, counted)
//!        |                                       ^        ^          ^
//!        v   first touch (fault.rs)              |        |          |
//!   resident page ------------------------- PageId   file's page   code cache (code.rs)
//!        |
//!        v   machine.map()
//!   mapping (what the hardware sees)
//! ```
//! A private page with more than one reference is never mapped for writing; a store to it makes a
//! copy. A page that is mapped for execution is never mapped for writing: a store takes the
//! execute right away, and the next instruction fetch brings it back through the rewriter.
mod code;
mod compact;
mod exchange;
mod fault;
mod fork;
mod region;
mod space;
mod user;

pub use code::CodeCache;
pub use exchange::{WINDOW, Window};
pub use fault::{Fault, Touch};
pub use region::{Backing, MappedFile, Protection, Purpose, Region, SharedPages};
pub use space::{HIGHEST, LOWEST, MOST_REGIONS, Removed, Resident, Space};
pub use user::UserSlice;
