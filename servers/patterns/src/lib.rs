// SPDX-License-Identifier: MIT OR Apache-2.0
//! Patterns for programs that do not trust each other, to be used or copied: each module says what it guarantees, against
//! whom, and what not.
//!
//! | you have | take |
//! |---|---|
//! | a capability out of somebody's hand, and want to know whether it is what it is said to be | [`identify`] |
//! | data of a program that must learn nothing from you, in a format that only its own code reads | [`paste`] |
//! | somebody to work with whom you would not show your part, nor he his | [`collaboration`] |
//! | a program without authority that now needs the one file that the user means | [`power_box`] |
//!
//! What they have in common: a *common ancestor* (here the program `session`) makes the programs by canonical creation, so each
//! holds what it was given and nothing else, and gives each of them a service that both sides trust. A pattern protects its
//! parties from each other. It protects nobody from the common ancestor, from the service's own parents, or from the
//! container server.
//!
//! The services are logic over [`croft_ipc::Capabilities`], tested on the host. With feature `program` come the parts that need
//! a kernel. Called by servers and their parents; touches nothing but what it is given.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
extern crate alloc;

pub mod collaboration;
pub mod identify;
pub mod paste;
pub mod power_box;
pub mod scene;

use croft_ipc::{Incoming, Label};

/// A name that travels.
pub type Name = heapless::String<32>;

/// A name, cut if it is too long.
#[must_use]
pub fn name(text: &str) -> Name {
    let mut name = Name::new();
    let end = text.floor_char_boundary(name.capacity());
    // It is no longer than that.
    let _ = name.push_str(&text[..end]);
    name
}

/// The number of the interface that a message is for; 0 if it is none.
fn interface_of(incoming: &Incoming<'_>) -> u8 {
    incoming.label.map_or(0, Label::interface)
}
