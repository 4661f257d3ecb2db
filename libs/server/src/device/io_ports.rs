// SPDX-License-Identifier: MIT OR Apache-2.0
//! I/O ports of a PC through a capability: user mode has no `in` and `out` instructions.

use sel4::cap;

/// Ports `first` … `last`.
#[derive(Clone, Copy, Debug)]
pub struct IoPorts {
    capability: cap::IOPort,
    first: u16,
    last: u16,
}

impl IoPorts {
    pub(crate) fn new(capability: cap::IOPort, first: u16, last: u16) -> Self {
        Self {
            capability,
            first,
            last,
        }
    }

    /// Reads a byte from port `first + offset`. A port outside of the range reads as 0xff, as one without a device does.
    pub fn read(&self, offset: u16) -> u8 {
        self.port(offset)
            .and_then(|port| self.capability.ioport_in8(port).ok())
            .unwrap_or(0xff)
    }

    /// Writes a byte to port `first + offset`; outside of the range nothing happens.
    pub fn write(&self, offset: u16, value: u8) {
        if let Some(port) = self.port(offset) {
            // It fails only if the capability does not reach the port: then there is no device, as far as this
            // process is concerned.
            let _ = self.capability.ioport_out8(port, value);
        }
    }

    fn port(&self, offset: u16) -> Option<u16> {
        self.first
            .checked_add(offset)
            .filter(|port| *port <= self.last)
    }
}
