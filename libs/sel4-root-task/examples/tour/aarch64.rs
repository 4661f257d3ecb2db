// SPDX-License-Identifier: MIT OR Apache-2.0
//! Only on aarch64: caches, execute-never, the timer that user space can program.

use core::arch::asm;

use sel4::fault::UnknownSyscall;
use sel4::init_thread::slot;
use sel4::{Fault, IpcBuffer, Result, VmAttributes, Word, cap, cap_type, with_ipc_buffer};

use crate::memory::{START, map, read, write};
use crate::objects::{Objects, place};
use crate::threads::Thread;

/// Bytes of the instruction that enters the kernel.
pub const SYSTEM_CALL_LENGTH: Word = 4;

/// Bytes of the instruction in [`exception`].
pub const EXCEPTION_LENGTH: Word = 4;

/// A system call that the kernel does not know, with an argument and a result.
pub fn unknown_system_call(argument: Word) -> Word {
    let result;
    // SAFETY: whoever answers changes x0 alone.
    unsafe { asm!("svc #0", inout("x0") argument => result, in("x7") 172) };
    result
}

/// The words of a reply to [`unknown_system_call`].
pub fn answer(
    call: &UnknownSyscall,
    argument: Word,
    result: Word,
) -> [Word; UnknownSyscall::LENGTH] {
    assert_eq!((call.gpr(0), call.gpr(7)), (argument, 172));
    assert_eq!(call.syscall(), 172);
    let mut words = *call.words();
    words[sel4::sys::seL4_UnknownSyscall_X0 as usize] = result;
    words[sel4::sys::seL4_UnknownSyscall_FaultIP as usize] = call.fault_ip() + 4;
    words
}

/// An instruction that there is not.
pub fn exception() {
    // SAFETY: whoever sees the exception skips the instruction.
    unsafe { asm!("udf #0") };
}

/// Where devices are mapped.
const UART: usize = START + (100 << 20);
const CLOCK: usize = START + (101 << 20);

/// `mov x0, #VALUE; ret`
fn code(value: u64) -> u64 {
    0xd65f_03c0_d280_0000 | value << 5
}

fn run_code(address: usize) -> u64 {
    // SAFETY: `try_all` wrote a function there that changes x0 alone.
    let function: extern "C" fn() -> u64 =
        unsafe { core::mem::transmute(core::ptr::with_exposed_provenance::<()>(address)) };
    function()
}

extern "C" fn jump(_: &mut IpcBuffer, address: Word) -> ! {
    run_code(address as usize);
    panic!("memory that is not to be executed was")
}

pub fn try_all(objects: &mut Objects) -> Result<()> {
    // Code that was just written runs, also after it was changed.
    let address = START + (96 << 20);
    let frame = objects.make::<cap_type::Granule>()?;
    let vspace = slot::VSPACE.cap();
    map(objects, vspace, frame, address, VmAttributes::DEFAULT)?;
    for value in [7, 8] {
        write(address, code(value));
        frame.frame_clean_data(0, 64)?;
        frame.frame_unify_instruction(0, 64)?;
        assert_eq!(run_code(address), value);
    }
    write(address, code(9));
    vspace.vspace_unify_instruction(address, address + 64)?;
    assert_eq!(run_code(address), 9);
    frame.frame_clean_invalidate_data(0, 4096)?;
    assert_eq!(read(address), code(9));

    // Memory that is not to be executed is not.
    frame.frame_unmap()?;
    let attributes = VmAttributes::DEFAULT.execute_never();
    assert!(attributes.has(VmAttributes::EXECUTE_NEVER | VmAttributes::PAGE_CACHEABLE));
    map(objects, vspace, frame, address, attributes)?;
    let endpoint = objects.make::<cap_type::Endpoint>()?;
    let thread = Thread::new(objects, jump, address as Word, endpoint.cptr())?;
    thread.run()?;
    let (info, _) = endpoint.recv(());
    let fault = with_ipc_buffer(|buffer| Fault::new(buffer, &info));
    let Some(Fault::VmFault(fault)) = fault else {
        panic!("{fault:?}")
    };
    assert!(fault.is_prefetch() && fault.addr() == address as Word);
    thread.tcb.tcb_suspend()?;

    // Devices: the serial port, for `leave`, and the clock's identification register.
    let uart = objects.device_frame(0x0900_0000)?;
    map(objects, vspace, uart, UART, VmAttributes::DEVICE)?;
    let clock = objects.device_frame(0x0901_0000)?;
    map(objects, vspace, clock, CLOCK, VmAttributes::DEVICE)?;
    // Peripheral identification of the PL031, its low byte.
    assert_eq!(read(CLOCK + 0xfe0) & 0xff, 0x31);
    Ok(())
}

/// The physical timer, interrupt 30 of this processor.
pub struct Timer {
    pub handler: cap::IrqHandler,
}

impl Timer {
    pub fn new(objects: &mut Objects) -> Result<Self> {
        let handler = objects.slot();
        let control = slot::IRQ_CONTROL.cap();
        control.irq_control_get(30, &place(handler))?;
        Ok(Self {
            handler: handler.cast().cap(),
        })
    }

    /// One interrupt, in 2 ms: with the kernel's tick.
    pub fn start(&self) -> Result<()> {
        // SAFETY: user space may program this timer, and nobody else does.
        unsafe {
            asm!(
                "mrs {ticks}, cntfrq_el0",
                "mov {divisor}, #500",
                "udiv {ticks}, {ticks}, {divisor}",
                "msr cntp_tval_el0, {ticks}",
                "mov {ticks}, #1",
                "msr cntp_ctl_el0, {ticks}",
                "isb",
                ticks = out(reg) _,
                divisor = out(reg) _,
            );
        }
        Ok(())
    }

    pub fn stop(&self) -> Result<()> {
        // SAFETY: as in `start`.
        unsafe { asm!("msr cntp_ctl_el0, xzr", "isb") };
        Ok(())
    }
}

/// Says on the serial port that all is well, which a release kernel did not print. Nothing on this
/// machine lets user space end QEMU.
pub fn leave() {
    for byte in b"tour: all is well\r\n" {
        // The data register of the PL011; QEMU's never has to wait.
        write(UART, u64::from(*byte));
    }
}
