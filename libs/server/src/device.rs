// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices: registers in memory, I/O ports, interrupts.

#[cfg(target_arch = "aarch64")]
pub mod generic_timer;
#[cfg(target_arch = "x86_64")]
mod io_ports;
#[cfg(all(target_arch = "x86_64", feature = "uart-16550"))]
mod uart;

#[cfg(target_arch = "x86_64")]
pub use io_ports::IoPorts;
#[cfg(all(target_arch = "x86_64", feature = "uart-16550"))]
pub use uart::{PortBackend, uart_16550};

use crate::PAGE;
use crate::memory::{self, Access, DEVICES, MemoryError};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use sel4::cap;

/// The registers of a device, as `T`: no reference to them exists, every access is one instruction of its own.
pub type Registers<T> = safe_mmio::UniqueMmioPointer<'static, T>;

/// Where the next device is mapped.
static NEXT: AtomicU64 = AtomicU64::new(DEVICES.start);

/// Maps the device frames in `pages` slots from `first` on. A frame capability maps once, so that there can be only one
/// such pointer to it.
pub(crate) fn map_registers<T>(first: u64, pages: u32) -> Result<Registers<T>, MemoryError> {
    let start = NEXT.load(Relaxed);
    let end = start + u64::from(pages) * PAGE as u64;
    if end > DEVICES.end {
        return Err(MemoryError::NoAddresses);
    }
    NEXT.store(end, Relaxed);
    memory::with(|memory| {
        (0..u64::from(pages)).try_for_each(|page| {
            memory.map(first + page, start + page * PAGE as u64, Access::Device)
        })
    })?;
    let registers = NonNull::new(core::ptr::with_exposed_provenance_mut(start as usize));
    // SAFETY: just mapped, for this pointer alone; the caller checked that `T` fits, and it begins with a page.
    registers
        .map(|registers| unsafe { Registers::new(registers) })
        .ok_or(MemoryError::NoAddresses)
}

/// An interrupt whose handler this process is.
#[derive(Clone, Copy, Debug)]
pub struct Interrupt(pub(crate) cap::IrqHandler);

impl Interrupt {
    /// Lets it come again.
    pub fn acknowledge(&self) {
        // It fails only if the capability is none of an interrupt; then it never comes, which shows.
        let _ = self.0.irq_handler_ack();
    }
}
