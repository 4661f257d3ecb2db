// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the programs of the example say to their common ancestor. No part of a pattern: it lets the example tell what happens,
//! and in which order.

use croft_ipc::{Caller, Deferrable, ReceivedCapability, data, interface};

/// The common ancestor, by a child's capability for its parent.
#[interface(number = 151, version = 1, recorded = false)]
pub trait Scene {
    /// A line for the terminal.
    fn say(&mut self, caller: Caller, #[max(200)] line: &str);
    /// Hands a capability over.
    fn hand(&mut self, caller: Caller, capability: ReceivedCapability) -> Result<(), NotNow>;
    /// Waits until the ancestor wants to go on.
    fn wait(&mut self, caller: Caller) -> Result<Deferrable<()>, NotNow>;
}

/// The ancestor has no slot for that.
#[data]
#[derive(Copy)]
pub struct NotNow;
