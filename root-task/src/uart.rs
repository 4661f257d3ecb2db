// SPDX-License-Identifier: MIT OR Apache-2.0
//! The serial port, for lines that no console server can take: written byte by byte, by asking until there is room.
#[cfg(target_arch = "x86_64")]
pub use pc::{initialise, put};
#[cfg(target_arch = "aarch64")]
pub use pl011::{initialise, put};

/// How often it is asked whether there is room before a byte is given up: a broken port must not hold the system up.
const PATIENCE: u32 = 1_000_000;

/// The first serial port of a PC (16550).
#[cfg(target_arch = "x86_64")]
mod pc {
    use sel4::init_thread::slot;

    use crate::devices::Devices;
    use crate::error::BootError;
    use crate::service::Service;
    use crate::window::Window;

    /// Transmit holding register.
    const DATA: u16 = 0x3f8;
    /// Line status register.
    const STATUS: u16 = DATA + 5;
    /// Its bit that says that the transmit holding register is empty.
    const EMPTY: u8 = 1 << 5;

    /// Nothing to do: the firmware's settings serve.
    pub fn initialise(_: &mut Service, _: &mut Devices, _: &Window) -> Result<(), BootError> {
        Ok(())
    }

    /// Writes a byte.
    pub fn put(byte: u8) {
        let port = slot::IO_PORT.cap();
        for _ in 0..super::PATIENCE {
            if port
                .ioport_in8(STATUS)
                .is_ok_and(|status| status & EMPTY != 0)
            {
                // What cannot be written cannot be reported either.
                let _ = port.ioport_out8(DATA, byte);
                return;
            }
        }
    }
}

/// The serial port of QEMU's machine `virt` (PL011).
#[cfg(target_arch = "aarch64")]
mod pl011 {
    use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use sel4::cap;

    use crate::devices::Devices;
    use crate::error::BootError;
    use crate::service::Service;
    use crate::slots::own;
    use crate::window::{Registers, Window};

    /// Its physical address.
    const PHYSICAL: u64 = 0x0900_0000;
    /// Data register.
    const DATA: usize = 0x00;
    /// Flag register.
    const FLAGS: usize = 0x18;
    /// Its bit that says that the transmit queue is full.
    const FULL: u32 = 1 << 5;

    static MAPPED: AtomicBool = AtomicBool::new(false);

    /// Maps its registers.
    pub fn initialise(
        service: &mut Service,
        devices: &mut Devices,
        window: &Window,
    ) -> Result<(), BootError> {
        let shared = devices
            .frame(PHYSICAL, &mut |count| {
                service.slots.allocate_row(count).ok()
            })
            .map_err(BootError::Device)?;
        let slot = service.own_slot()?;
        own(slot)
            .copy(&own(shared), sel4::CapRights::all())
            .map_err(BootError::kernel("a copy of the serial port"))?;
        window
            .registers(cap::Granule::from_bits(slot))
            .map_err(BootError::kernel("the serial port's mapping"))?;
        MAPPED.store(true, Relaxed);
        Ok(())
    }

    /// Writes a byte.
    pub fn put(byte: u8) {
        let Some(registers) = Registers::get(MAPPED.load(Relaxed)) else {
            return;
        };
        for _ in 0..super::PATIENCE {
            if registers.read(FLAGS) & FULL == 0 {
                registers.write(DATA, byte.into());
                return;
            }
        }
    }
}
