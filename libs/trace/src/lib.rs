// SPDX-License-Identifier: MIT OR Apache-2.0
//! What messages a process sent and got: as it notes them in memory of its own, and as they come to the host.
//!
//! A traced process has some pages for notes, paid by its container ([`Ring`], [`Event`]). It writes to them and nobody
//! else; when they are full the oldest notes are overwritten. Nothing is sent while it runs. Its parent reads them when the
//! run ends, the process ends, or the host asks, and writes them to the serial line ([`Piece`]); so a server that has
//! failed tells its last messages too, and a trace neither waits for anybody nor makes messages that it would have to note.
//!
//! Used by the message transport (`croft_ipc::kernel`), the root task and the runner. Touches nothing: the memory is given.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod event;
mod piece;
mod ring;

pub use event::{Event, Kind};
pub use piece::{EVENTS, Piece};
pub use ring::{EVENTS_A_PAGE, Notes, PAGE_WORDS, Ring, places};
