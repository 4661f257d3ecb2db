// SPDX-License-Identifier: MIT OR Apache-2.0
//! The 16550 of PCs.

use croft_server::device::{PortBackend, uart_16550};
use croft_server::{Process, SetupError};
use uart_16550::spec::FIFO_SIZE;
use uart_16550::spec::registers::IER;
use uart_16550::{BaudRate, Config, Uart16550};

/// The device.
pub struct Uart(Uart16550<PortBackend>);

impl Uart {
    pub fn new(process: &Process) -> Result<Self, SetupError> {
        let mut uart = uart_16550(process.io_ports("uart-ports")?);
        let config = Config {
            interrupts: IER::DATA_READY,
            baud_rate: BaudRate::Baud115200,
            ..Config::DEFAULT
        };
        uart.init(config)
            .map_err(|_| SetupError::Capability("uart-ports"))?;
        Ok(Self(uart))
    }

    pub fn receive(&mut self) -> Option<u8> {
        self.0.try_receive_byte().ok()
    }

    /// The driver looks at the status once for each filling of the FIFO.
    pub fn send(&mut self, bytes: impl Iterator<Item = u8>) {
        let mut bytes = bytes.peekable();
        while bytes.peek().is_some() {
            let mut filling = [0; FIFO_SIZE];
            let mut length = 0;
            for (place, byte) in filling.iter_mut().zip(bytes.by_ref()) {
                *place = byte;
                length += 1;
            }
            self.0.send_bytes_exact(&filling[..length]);
        }
    }

    /// Reading the bytes has lowered the device's request already.
    pub fn acknowledge(&mut self) {}
}
