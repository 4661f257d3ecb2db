// SPDX-License-Identifier: MIT OR Apache-2.0
//! Passes a deed on, and what only looks like one.

use crate::{Result, parent};
use croft_ipc::{Capabilities, CapabilityAddress, OBJECT_BADGE_BIT};
use croft_process::handover::slot;
use croft_server::{Process, ServerCapabilities};

pub fn run(process: &Process) -> Result {
    let deed = process.endpoint("deed")?.0.bits();
    parent().hand(CapabilityAddress(deed))?;
    // An endpoint of its own, with the badge of the registrar's first object: that of the deed.
    let mut own = ServerCapabilities::new(process.service()?.bits())?;
    parent().hand(own.mint(OBJECT_BADGE_BIT)?)?;
    parent().hand(CapabilityAddress(slot::CONTAINER))?;
    Ok(())
}
