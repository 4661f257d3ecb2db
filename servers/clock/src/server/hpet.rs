// SPDX-License-Identifier: MIT OR Apache-2.0
//! The PC's high precision event timer (IA-PC HPET specification 1.0a), and the frequency of the processor's counter
//! measured against it.

use croft_server::device::Registers;
use croft_server::{Process, SetupError, counter};
use safe_mmio::field;
use safe_mmio::fields::{ReadPure, ReadPureWrite};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The registers up to the first timer's.
#[repr(C)]
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout)]
struct Block {
    /// Bits 63 … 32: femtoseconds of a tick.
    capabilities: ReadPure<u64>,
    reserved_08: u64,
    configuration: ReadPureWrite<u64>,
    reserved_18: [u64; 27],
    main_counter: ReadPureWrite<u64>,
    reserved_f8: u64,
    timer_configuration: ReadPureWrite<u64>,
    timer_comparator: ReadPureWrite<u64>,
}

/// The counter runs.
const ENABLE: u64 = 1 << 0;
/// Timer 0 takes the place of the old interval timer, whose interrupt line is a known one.
const LEGACY_ROUTE: u64 = 1 << 1;
/// The timer interrupts.
const INTERRUPT_ENABLE: u64 = 1 << 2;

/// Nanoseconds over which the processor's counter is measured: on a machine that counts one tick for each instruction, so
/// many instructions. An error of 100 ns in reading both counters is one of 0.005 %.
const MEASURE: u64 = 2_000_000;

/// Ticks from now that a comparator can be set to without being passed before it is set; doubled when it was.
const NEAREST: u64 = 64;

/// The device.
pub struct Timer {
    registers: Registers<Block>,
    /// Ticks of a second of the processor's counter and of the device's.
    frequency: u64,
    device_frequency: u64,
}

impl Timer {
    pub fn new(process: &Process) -> Result<Self, SetupError> {
        let mut registers = process.registers::<Block>("hpet")?;
        let period = field!(registers, capabilities).read() >> 32;
        if period == 0 {
            return Err(SetupError::Capability("hpet"));
        }
        field!(registers, timer_configuration).write(0);
        field!(registers, configuration).write(ENABLE | LEGACY_ROUTE);
        let mut timer = Self {
            registers,
            frequency: 0,
            device_frequency: 1_000_000_000_000_000 / period,
        };
        timer.frequency = timer.measure();
        Ok(timer)
    }

    /// Ticks of a second.
    pub fn frequency(&self) -> u64 {
        self.frequency
    }

    /// The interrupt was an edge.
    pub fn silence(&mut self) {
        field!(self.registers, timer_configuration).write(0);
    }

    /// Interrupts when the processor's counter reaches `deadline`.
    pub fn arm(&mut self, deadline: Option<u64>) {
        let Some(deadline) = deadline else {
            return self.silence();
        };
        let ticks =
            u128::from(deadline.saturating_sub(counter())) * u128::from(self.device_frequency);
        let ticks = ticks.div_ceil(self.frequency.into());
        // A deadline in years from now needs no more than this: when the timer expires early, it is set again.
        let ticks = u64::try_from(ticks).unwrap_or(u64::MAX).min(1 << 62);
        field!(self.registers, timer_configuration).write(INTERRUPT_ENABLE);
        let mut nearest = NEAREST;
        loop {
            let comparator = self.now().wrapping_add(ticks.max(nearest));
            field!(self.registers, timer_comparator).write(comparator);
            // A comparator that the counter has passed already would be reached only after a whole round.
            if comparator.wrapping_sub(self.now()) < 1 << 63 {
                return;
            }
            nearest *= 2;
        }
    }

    fn now(&mut self) -> u64 {
        field!(self.registers, main_counter).read()
    }

    fn measure(&mut self) -> u64 {
        let (start, device_start) = self.both();
        let length = MEASURE * self.device_frequency / 1_000_000_000;
        while self.now().wrapping_sub(device_start) < length {
            core::hint::spin_loop();
        }
        let (end, device_end) = self.both();
        let ticks = u128::from(end - start) * u128::from(self.device_frequency);
        // At least `length` ticks have passed.
        let frequency = ticks / u128::from(device_end.wrapping_sub(device_start).max(1));
        u64::try_from(frequency).unwrap_or(u64::MAX).max(1)
    }

    /// Both counters at one moment: of a few readings the one that took the least time.
    fn both(&mut self) -> (u64, u64) {
        let mut best = (u64::MAX, 0, 0);
        for _ in 0..8 {
            let before = counter();
            let device = self.now();
            let taken = counter() - before;
            if taken < best.0 {
                best = (taken, before + taken / 2, device);
            }
        }
        (best.1, best.2)
    }
}
