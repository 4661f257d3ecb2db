// SPDX-License-Identifier: MIT OR Apache-2.0
//! The PL011 of Arm machines.

use arm_pl011_uart::{
    DataBits, FifoLevel, Interrupts, LineConfig, PL011Registers, Parity, StopBits,
};
use croft_server::{Process, SetupError};

/// Bytes that the transmit FIFO takes when it is empty: 16 in the oldest revision, 32 in later ones.
const FIFO: usize = 16;

/// Baud rate and the clock that it is made of, in Hz. QEMU's `virt` machine ignores both.
const BAUD: u32 = 115_200;
const CLOCK: u32 = 24_000_000;

/// The device.
pub struct Uart(arm_pl011_uart::Uart<'static>);

impl Uart {
    pub fn new(process: &Process) -> Result<Self, SetupError> {
        let registers = process.registers::<PL011Registers>("uart")?;
        let mut uart = arm_pl011_uart::Uart::new(registers);
        let line = LineConfig {
            data_bits: DataBits::Bits8,
            parity: Parity::None,
            stop_bits: StopBits::One,
        };
        // These two numbers always give a divisor.
        uart.enable(line, BAUD, CLOCK)
            .map_err(|_| SetupError::Capability("uart"))?;
        uart.set_interrupt_fifo_levels(FifoLevel::Bytes4, FifoLevel::Bytes16);
        uart.clear_interrupts(Interrupts::all());
        // Bytes below the level raise the receive timeout.
        uart.set_interrupt_masks(Interrupts::RXI | Interrupts::RTI);
        Ok(Self(uart))
    }

    pub fn receive(&mut self) -> Option<u8> {
        // A byte that came in broken is dropped; the next one may be good.
        while !self.0.is_rx_fifo_empty() {
            if let Ok(byte) = self.0.read_word() {
                return byte;
            }
        }
        None
    }

    /// Looks at the flags once for each filling of the FIFO, not for each byte.
    pub fn send(&mut self, bytes: impl Iterator<Item = u8>) {
        let mut bytes = bytes.peekable();
        while bytes.peek().is_some() {
            while !self.0.is_tx_fifo_empty() {
                core::hint::spin_loop();
            }
            bytes
                .by_ref()
                .take(FIFO)
                .for_each(|byte| self.0.write_word(byte));
        }
    }

    pub fn acknowledge(&mut self) {
        self.0.clear_interrupts(Interrupts::RXI | Interrupts::RTI);
    }
}
