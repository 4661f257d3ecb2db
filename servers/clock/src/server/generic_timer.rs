// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arm's generic timer: the physical timer, which the loader opens to programs. Its virtual sibling is the kernel's tick.
//! Both count with the same counter.

use croft_server::device::generic_timer;
use croft_server::{Process, SetupError};

/// The device.
pub struct Timer;

impl Timer {
    pub fn new(_: &Process) -> Result<Self, SetupError> {
        generic_timer::set(None);
        Ok(Self)
    }

    /// Ticks of a second.
    pub fn frequency(&self) -> u64 {
        generic_timer::frequency()
    }

    /// The timer's interrupt is a level: it stays until the timer is off or set anew.
    pub fn silence(&mut self) {
        generic_timer::set(None);
    }

    /// Interrupts when the counter reaches `deadline`.
    pub fn arm(&mut self, deadline: Option<u64>) {
        generic_timer::set(deadline);
    }
}
