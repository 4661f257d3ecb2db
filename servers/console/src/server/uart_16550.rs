// SPDX-License-Identifier: MIT OR Apache-2.0
//! The 16550 of PCs.

use super::Early;
use croft_server::device::{IoPorts, PortBackend, uart_16550};
use croft_server::{Process, SetupError};
use uart_16550::spec::registers::{
    FCR, FifoTriggerLevel, IER, ISR, LCR, LSR, MCR, WordLength, offsets,
};
use uart_16550::spec::{CLK_FREQUENCY_HZ, FIFO_SIZE, calc_divisor};
use uart_16550::{Config, Uart16550};

/// Bits of a second on the line. QEMU ignores it.
const BAUD: u32 = 115_200;

/// The device.
pub struct Uart {
    driver: Uart16550<PortBackend>,
    early: Early,
}

impl Uart {
    pub fn new(process: &Process) -> Result<Self, SetupError> {
        let ports = process.io_ports("uart-ports")?;
        let early = set_up(&ports).ok_or(SetupError::Capability("uart-ports"))?;
        // The driver takes the device to have a FIFO, as `set_up` has left it.
        const { assert!(Config::DEFAULT.fifo_trigger_level.is_some()) };
        Ok(Self {
            driver: uart_16550(ports),
            early,
        })
    }

    pub fn receive(&mut self) -> Option<u8> {
        self.early
            .pop_front()
            .or_else(|| self.driver.try_receive_byte().ok())
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
            self.driver.send_bytes_exact(&filling[..length]);
        }
    }

    /// Reading the bytes has lowered the device's request already.
    pub fn acknowledge(&mut self) {}
}

/// Sets the device up and gives what had come in before; `None` if there is no device.
///
/// The driver's own set-up would do, if it did not drop what has come in and what comes in while it works: input is sent
/// from the first moment on.
fn set_up(ports: &IoPorts) -> Option<Early> {
    let write = |register: usize, value: u8| ports.write(register as u16, value);
    let read = |register: usize| ports.read(register as u16);
    for pattern in [0x42, 0x73] {
        write(offsets::SPR, pattern);
        if read(offsets::SPR) != pattern {
            return None;
        }
    }
    write(offsets::IER, 0);
    let [low, high] = calc_divisor(CLK_FREQUENCY_HZ, BAUD, None)
        .ok()?
        .to_le_bytes();
    write(offsets::LCR, LCR::DLAB.bits());
    // The divisor stands where data and interrupt enable are otherwise.
    write(offsets::DATA, low);
    write(offsets::IER, high);
    write(
        offsets::LCR,
        LCR::empty().set_word_length(WordLength::EightBits).bits(),
    );

    let has_fifo = ISR::from_bits_retain(read(offsets::ISR)).fifo_enabled();
    let fifo = FCR::FIFO_ENABLE
        .set_fifo_trigger_level(FifoTriggerLevel::Fourteen)
        .bits();
    let mut early = Early::new();
    if !has_fifo && LSR::from_bits_retain(read(offsets::LSR)).contains(LSR::DATA_READY) {
        // Switching the FIFO on empties it. Without it there is one byte at most, and as soon as that is read the next
        // one may come: so nothing stands between these two, and the device is cut off from the line (loopback).
        write(offsets::MCR, MCR::LOOP_BACK.bits());
        let byte = read(offsets::DATA);
        write(offsets::FCR, fifo);
        // There is room.
        let _ = early.push_back(byte);
    } else {
        write(offsets::FCR, fifo);
    }
    write(
        offsets::MCR,
        (MCR::DTR | MCR::RTS | MCR::OUT_2_INT_ENABLE).bits(),
    );
    write(offsets::IER, IER::DATA_READY.bits());
    Some(early)
}
