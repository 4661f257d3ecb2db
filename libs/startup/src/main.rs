// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first program of every process: loads the real one, tells the parent, jumps. See `croft_process::handover`.
#![no_std]
#![no_main]
#![deny(clippy::undocumented_unsafe_blocks)]

use croft_mem as _;

mod load;

use core::panic::PanicInfo;
use croft_ipc::kernel::Endpoint;
use croft_process::handover::{Environment, Failure, HEADER, ParenthoodClient, layout, slot};
use load::Error;

// The parent starts the thread here with the stack pointer at the stack's end and nothing in registers.
#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".section .text._start, \"ax\", @progbits",
    ".global _start",
    "_start:",
    "xor ebp, ebp",
    "call croft_startup_main",
    "ud2",
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".section .text._start, \"ax\", @progbits",
    ".global _start",
    "_start:",
    "mov x29, xzr",
    "mov x30, xzr",
    "b croft_startup_main",
);

// SAFETY: only the entry code above names this symbol.
#[unsafe(no_mangle)]
extern "C" fn croft_startup_main() -> ! {
    let buffer = core::ptr::with_exposed_provenance_mut(layout::IPC_BUFFER as usize);
    // SAFETY: the parent mapped the IPC buffer there, for this thread alone.
    sel4::set_ipc_buffer(unsafe { sel4::IpcBuffer::from_ptr(buffer) });
    let loaded = environment().and_then(|environment| load::load(&environment));
    let (entry, first_free_slot) = match loaded {
        Ok(loaded) => loaded,
        Err((failure, detail)) => fail(failure, detail),
    };
    if parent().ready().is_err() {
        fail(Failure::Handover, 0);
    }
    jump(entry, first_free_slot)
}

fn environment() -> Result<Environment<'static>, Error> {
    let start = core::ptr::with_exposed_provenance::<u8>(layout::ENVIRONMENT as usize);
    // SAFETY: the parent mapped the environment there, read-only and for good; a page at least, which begins with
    // the header.
    let header = unsafe { core::slice::from_raw_parts(start, HEADER) };
    let length = Environment::total_length(header.try_into().unwrap_or_default());
    // SAFETY: so many bytes are mapped, says the header.
    let bytes = unsafe { core::slice::from_raw_parts(start, length) };
    Environment::decode(bytes).map_err(|_| (Failure::Environment, 0))
}

/// Leaves everything behind and begins the program.
fn jump(entry: u64, first_free_slot: u64) -> ! {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the program is mapped there and executable (`load` succeeded); nothing of this program is used again.
    unsafe {
        core::arch::asm!(
            "mov rsp, {stack}",
            "jmp {entry}",
            stack = in(reg) layout::STACK_TOP,
            entry = in(reg) entry,
            in("rdi") layout::ENVIRONMENT,
            in("rsi") first_free_slot,
            options(noreturn),
        )
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(
            "mov sp, {stack}",
            "br {entry}",
            stack = in(reg) layout::STACK_TOP,
            entry = in(reg) entry,
            in("x0") layout::ENVIRONMENT,
            in("x1") first_free_slot,
            options(noreturn),
        )
    }
}

fn parent() -> ParenthoodClient<Endpoint> {
    ParenthoodClient::new(Endpoint::from_bits(slot::PARENT))
}

/// Tells the parent, which does not answer, but destroys the process.
fn fail(failure: Failure, detail: u64) -> ! {
    let _ = parent().failed(failure, detail);
    loop {
        let _ = sel4::cap::Tcb::from_bits(slot::TCB).tcb_suspend();
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // SAFETY: control never returns to where the buffer may be in use.
    unsafe { sel4::reclaim_ipc_buffer() };
    let line = info.location().map_or(0, |place| place.line());
    fail(Failure::Handover, line.into())
}
