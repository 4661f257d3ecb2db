// SPDX-License-Identifier: MIT OR Apache-2.0
//! Only on x86_64: I/O ports, the base of FS, interrupts of an I/O APIC.

use core::arch::asm;

use sel4::fault::UnknownSyscall;
use sel4::init_thread::slot;
use sel4::{CPtr, CapRights, Error, Result, Word, cap, ioport_cap_data};

use crate::objects::{Objects, place};
use crate::threads::{Thread, idle};

/// Bytes of the instruction that enters the kernel.
pub const SYSTEM_CALL_LENGTH: Word = 2;

/// Bytes of the instruction in [`exception`].
pub const EXCEPTION_LENGTH: Word = 2;

/// A system call that the kernel does not know, with an argument and a result.
pub fn unknown_system_call(argument: Word) -> Word {
    let result;
    // SAFETY: whoever answers changes rax alone.
    unsafe { asm!("int 0xc0", inout("rax") argument => result) };
    result
}

/// The words of a reply to [`unknown_system_call`].
pub fn answer(
    call: &UnknownSyscall,
    argument: Word,
    result: Word,
) -> [Word; UnknownSyscall::LENGTH] {
    assert_eq!(call.rax(), argument);
    assert_eq!(call.syscall(), 0xffff_ffff_c000_0000 | argument);
    let mut words = *call.words();
    words[sel4::sys::seL4_UnknownSyscall_RAX as usize] = result;
    words[sel4::sys::seL4_UnknownSyscall_FaultIP as usize] = call.fault_ip() + 2;
    words
}

/// An instruction that there is not.
pub fn exception() {
    // SAFETY: whoever sees the exception skips the instruction.
    unsafe { asm!("ud2") };
}

pub fn try_all(objects: &mut Objects) -> Result<()> {
    // The real-time clock's registers A and D, through all ports and through two of them.
    let all = slot::IO_PORT.cap();
    all.ioport_out8(0x70, 0x0d)?;
    assert_eq!(all.ioport_in8(0x71)?, 0x80);
    let two = objects.slot();
    let data = ioport_cap_data(0x70, 0x71);
    place(two).mint(&place(slot::IO_PORT), CapRights::all(), data)?;
    let two: cap::IOPort = two.cast().cap();
    two.ioport_out8(0x70, 0x0d)?;
    assert_eq!(two.ioport_in8(0x71)?, 0x80);
    assert_eq!(two.ioport_in8(0x72), Err(Error::IllegalOperation));
    assert_eq!(two.ioport_in16(0x71), Err(Error::IllegalOperation));
    assert_eq!(two.ioport_out32(0x70, 0), Err(Error::IllegalOperation));

    let thread = Thread::new(objects, idle, 0, CPtr::NULL)?;
    thread.tcb.tcb_set_tls_base(0x7000_1000)?;
    assert_eq!(
        thread.tcb.tcb_read_all_registers(false)?.tls_base(),
        0x7000_1000
    );
    Ok(())
}

/// Channel 0 of the interval timer, on pin 2 of the I/O APIC.
pub struct Timer {
    pub handler: cap::IrqHandler,
}

impl Timer {
    pub fn new(objects: &mut Objects) -> Result<Self> {
        let handler = objects.slot();
        let control = slot::IRQ_CONTROL.cap();
        control.irq_control_get_ioapic(0, 2, 0, 0, 5, &place(handler))?;
        Ok(Self {
            handler: handler.cast().cap(),
        })
    }

    /// One interrupt, in 2 ms: with the kernel's tick.
    pub fn start(&self) -> Result<()> {
        let ports = slot::IO_PORT.cap();
        ports.ioport_out8(0x43, 0b0011_0000)?;
        let [low, high] = (1_193_182u32 / 500).to_le_bytes()[..2] else {
            unreachable!()
        };
        ports.ioport_out8(0x40, low)?;
        ports.ioport_out8(0x40, high)
    }

    pub fn stop(&self) -> Result<()> {
        Ok(())
    }
}

/// Ends QEMU, if it has a device for that.
pub fn leave() {
    // Status 2 * 16 + 1. Without the device nothing happens.
    let _ = slot::IO_PORT.cap().ioport_out8(0xf4, 16);
}
