// SPDX-License-Identifier: MIT OR Apache-2.0
//! The serial port driver of crate `uart_16550` over an I/O port capability.

use super::IoPorts;
use uart_16550::{Uart16550, backend::Backend};

/// Register accesses through the capability.
#[derive(Clone, Copy, Debug)]
pub struct PortBackend(IoPorts);

impl Backend for PortBackend {
    unsafe fn read(&mut self, register_offset: u8) -> u8 {
        self.0.read(register_offset.into())
    }

    unsafe fn write(&mut self, register_offset: u8, value: u8) {
        self.0.write(register_offset.into(), value);
    }
}

/// The driver for the device at these ports.
pub fn uart_16550(ports: IoPorts) -> Uart16550<PortBackend> {
    // SAFETY: the capability confines every access to the device's own ports, whatever the driver does; this process has
    // them for itself.
    unsafe { Uart16550::new_with_backend(PortBackend(ports)) }
}
