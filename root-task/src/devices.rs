// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices for servers: frames of registers, interrupts, I/O ports. Each is made once and copied to whoever the image
//! says; a server that is started again gets the same.
use alloc::vec::Vec;

use croft_manifest::Interrupt;
#[cfg(target_arch = "x86_64")]
use croft_manifest::{Polarity, Trigger};
use sel4::{FrameObjectType, ObjectBlueprint, cap, init_thread};

use crate::machine::DeviceUntyped;
use crate::slots::{own, own_cnode};

/// Why a device cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceError {
    /// There is no device memory at that address, or it is not the kernel's to give.
    NoDevice {
        /// The physical address.
        physical: u64,
    },
    /// The root task's slots are used up.
    NoSlots,
    /// This architecture has no such thing.
    NotHere,
    /// The kernel refused.
    Kernel(sel4::Error),
}

impl From<sel4::Error> for DeviceError {
    fn from(error: sel4::Error) -> Self {
        Self::Kernel(error)
    }
}

impl core::fmt::Display for DeviceError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoDevice { physical } => {
                write!(
                    f,
                    "there is no device memory at {physical:#x} on this machine"
                )
            }
            Self::NoSlots => f.write_str("the root task has no free capability slots"),
            Self::NotHere => f.write_str("this architecture has no such device"),
            Self::Kernel(error) => write!(f, "the kernel refused: {error}"),
        }
    }
}

/// Takes so many slots of the root task's in a row.
pub type TakeSlots<'a> = &'a mut dyn FnMut(u64) -> Option<u64>;

/// All devices of the machine, and what was made of them.
pub struct Devices {
    untypeds: Vec<DeviceUntyped>,
    /// Frames that were made: physical address and slot.
    frames: Vec<(u64, u64)>,
    interrupts: Vec<(Interrupt, u64)>,
}

const PAGE: u64 = croft_manifest::PAGE;
const PAGE_BITS: u8 = PAGE.trailing_zeros() as u8;

impl Devices {
    /// All devices.
    pub fn new(untypeds: &[DeviceUntyped]) -> Self {
        Self {
            untypeds: untypeds.to_vec(),
            frames: Vec::new(),
            interrupts: Vec::new(),
        }
    }

    /// The slot of the frame at a physical address.
    pub fn frame(&mut self, physical: u64, take: TakeSlots<'_>) -> Result<u64, DeviceError> {
        if let Some((_, slot)) = self.frames.iter().find(|(at, _)| *at == physical) {
            return Ok(*slot);
        }
        let untyped = self.page(physical, take)?;
        let slot = take(1).ok_or(DeviceError::NoSlots)?;
        cap::Untyped::from_bits(untyped.slot).untyped_retype(
            &FrameObjectType::GRANULE.blueprint(),
            &own_cnode(),
            slot as usize,
            1,
        )?;
        self.frames.push((physical, slot));
        Ok(slot)
    }

    /// Splits the untyped that holds an address down to a page.
    fn page(&mut self, physical: u64, take: TakeSlots<'_>) -> Result<DeviceUntyped, DeviceError> {
        let holds = |untyped: &DeviceUntyped| {
            untyped.size_bits >= PAGE_BITS
                && physical >= untyped.physical
                && physical - untyped.physical < 1 << untyped.size_bits
        };
        let place = self.untypeds.iter().position(holds);
        let place = place.ok_or(DeviceError::NoDevice { physical })?;
        let mut untyped = self.untypeds[place];
        while untyped.size_bits > PAGE_BITS {
            let slot = take(2).ok_or(DeviceError::NoSlots)?;
            let size_bits = untyped.size_bits - 1;
            let blueprint = ObjectBlueprint::Untyped {
                size_bits: size_bits.into(),
            };
            cap::Untyped::from_bits(untyped.slot).untyped_retype(
                &blueprint,
                &own_cnode(),
                slot as usize,
                2,
            )?;
            let low = DeviceUntyped {
                slot,
                physical: untyped.physical,
                size_bits,
            };
            let high = DeviceUntyped {
                slot: slot + 1,
                physical: untyped.physical + (1 << size_bits),
                size_bits,
            };
            let (next, other) = if physical < high.physical {
                (low, high)
            } else {
                (high, low)
            };
            // The whole is split: its place in the list goes to the part that is not of interest.
            match self
                .untypeds
                .iter()
                .position(|each| each.slot == untyped.slot)
            {
                Some(place) => self.untypeds[place] = other,
                None => self.untypeds.push(other),
            }
            untyped = next;
        }
        Ok(untyped)
    }

    /// The slot of an interrupt's handler. Nobody else has it then: copies that were given before vanish.
    pub fn interrupt(
        &mut self,
        interrupt: Interrupt,
        take: TakeSlots<'_>,
    ) -> Result<u64, DeviceError> {
        if let Some((_, slot)) = self.interrupts.iter().find(|(each, _)| *each == interrupt) {
            own(*slot).revoke()?;
            cap::IrqHandler::from_bits(*slot).irq_handler_clear()?;
            return Ok(*slot);
        }
        let slot = take(1).ok_or(DeviceError::NoSlots)?;
        issue(interrupt, slot)?;
        self.interrupts.push((interrupt, slot));
        Ok(slot)
    }
}

#[cfg(target_arch = "x86_64")]
fn issue(interrupt: Interrupt, slot: u64) -> Result<(), DeviceError> {
    let Interrupt::IoApic {
        ioapic,
        pin,
        vector,
        trigger,
        polarity,
    } = interrupt
    else {
        return Err(DeviceError::NotHere);
    };
    init_thread::slot::IRQ_CONTROL
        .cap()
        .irq_control_get_ioapic(
            ioapic.into(),
            pin.into(),
            (trigger == Trigger::Level).into(),
            (polarity == Polarity::Low).into(),
            vector.into(),
            &own(slot),
        )?;
    Ok(())
}

#[cfg(target_arch = "aarch64")]
fn issue(interrupt: Interrupt, slot: u64) -> Result<(), DeviceError> {
    let Interrupt::Gic { number } = interrupt else {
        return Err(DeviceError::NotHere);
    };
    init_thread::slot::IRQ_CONTROL
        .cap()
        .irq_control_get(number.into(), &own(slot))?;
    Ok(())
}

/// The slot of the capability for I/O ports, and the badge that limits a copy of it to some of them.
#[cfg(target_arch = "x86_64")]
pub fn io_ports(first: u16, last: u16) -> Result<(u64, u64), DeviceError> {
    let slot = init_thread::slot::IO_PORT.cptr_bits();
    Ok((slot, sel4::ioport_cap_data(first, last)))
}

/// There are none.
#[cfg(target_arch = "aarch64")]
pub fn io_ports(_: u16, _: u16) -> Result<(u64, u64), DeviceError> {
    Err(DeviceError::NotHere)
}
