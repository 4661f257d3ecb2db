// SPDX-License-Identifier: MIT OR Apache-2.0
//! The PL011 of Arm machines.

use super::Early;
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
pub struct Uart {
    driver: arm_pl011_uart::Uart<'static>,
    early: Early,
}

impl Uart {
    pub fn new(process: &Process) -> Result<Self, SetupError> {
        let registers = process.registers::<PL011Registers>("uart")?;
        let mut driver = arm_pl011_uart::Uart::new(registers);
        let early = take_early(&mut driver);
        let line = LineConfig {
            data_bits: DataBits::Bits8,
            parity: Parity::None,
            stop_bits: StopBits::One,
        };
        // These two numbers always give a divisor.
        driver
            .enable(line, BAUD, CLOCK)
            .map_err(|_| SetupError::Capability("uart"))?;
        driver.set_interrupt_fifo_levels(FifoLevel::Bytes4, FifoLevel::Bytes16);
        driver.clear_interrupts(Interrupts::all());
        // Bytes below the level raise the receive timeout.
        driver.set_interrupt_masks(Interrupts::RXI | Interrupts::RTI);
        Ok(Self { driver, early })
    }

    pub fn receive(&mut self) -> Option<u8> {
        self.early.pop_front().or_else(|| receive(&mut self.driver))
    }

    /// Looks at the flags once for each filling of the FIFO, not for each byte.
    pub fn send(&mut self, bytes: impl Iterator<Item = u8>) {
        let mut bytes = bytes.peekable();
        while bytes.peek().is_some() {
            while !self.driver.is_tx_fifo_empty() {
                core::hint::spin_loop();
            }
            bytes
                .by_ref()
                .take(FIFO)
                .for_each(|byte| self.driver.write_word(byte));
        }
    }

    pub fn acknowledge(&mut self) {
        self.driver
            .clear_interrupts(Interrupts::RXI | Interrupts::RTI);
    }
}

/// The next good byte: one that came in broken is dropped.
fn receive(driver: &mut arm_pl011_uart::Uart<'_>) -> Option<u8> {
    while !driver.is_rx_fifo_empty() {
        if let Ok(byte) = driver.read_word() {
            return byte;
        }
    }
    None
}

/// Takes what has come in before: switching the FIFO on empties it.
fn take_early(driver: &mut arm_pl011_uart::Uart<'_>) -> Early {
    let mut early = Early::new();
    while !early.is_full() {
        let Some(byte) = receive(driver) else { break };
        // There is room.
        let _ = early.push_back(byte);
    }
    early
}
