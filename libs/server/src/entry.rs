// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the startup code's jump to the server's `main`.

use crate::memory::{self, Access, SLOT_BOOKS};
use crate::process::Process;
use crate::window::bytes_at;
use crate::{PAGE, logger, panic, trace};
use croft_ipc::kernel::Endpoint;
use croft_process::handover::{Environment, HEADER, layout, slot};
use sel4::cap;

/// Makes `$main` (a `fn(croft_server::Process) -> i32`, whose result is the exit status) the program's entry.
#[macro_export]
macro_rules! main {
    ($main:expr) => {
        /// The runtime calls this after the startup code has jumped to it.
        // SAFETY: the runtime's own entry code is the only one that names this symbol.
        #[unsafe(no_mangle)]
        extern "C" fn croft_server_main(environment: u64, first_free_slot: u64) -> ! {
            $crate::start(environment, first_free_slot, $main)
        }
    };
}

// The startup code jumps here with the stack pointer at the stack's end, the environment's address in the first
// argument register and the first free slot in the second.
#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".section .text._start, \"ax\", @progbits",
    ".global _start",
    "_start:",
    "xor ebp, ebp",
    "call croft_server_main",
    "ud2",
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".section .text._start, \"ax\", @progbits",
    ".global _start",
    "_start:",
    "mov x29, xzr",
    "mov x30, xzr",
    "b croft_server_main",
);

/// Sets the runtime up, runs `main` and ends the process with its result.
pub fn start(environment: u64, first_free_slot: u64, main: fn(Process) -> i32) -> ! {
    let buffer = core::ptr::with_exposed_provenance_mut(layout::IPC_BUFFER as usize);
    // SAFETY: the parent mapped the IPC buffer there, for this thread alone.
    sel4::set_ipc_buffer(unsafe { sel4::IpcBuffer::from_ptr(buffer) });

    // SAFETY: the parent mapped the environment there, read-only; its first page holds the header.
    let header = unsafe { bytes_at(environment, HEADER) };
    let length = Environment::total_length(header.try_into().unwrap_or_default());
    // SAFETY: so many bytes are mapped, says the header.
    let bytes = unsafe { bytes_at(environment, length) };
    let Ok(environment) = Environment::decode(bytes) else {
        panic::end(|parent| parent.panic("the environment does not decode"));
    };

    let slots = environment.free_slots;
    let end = slots.first.saturating_add(slots.count);
    memory::initialise(first_free_slot.clamp(slots.first, end), end);
    remember_slots();
    let service = environment
        .capability(logger::CAPABILITY)
        .map(|found| Endpoint::from_bits(found.slot));
    logger::initialise(environment.name, service, environment.log);

    if environment.trace != 0 {
        trace::start(environment.trace);
    }
    let events = cap::Notification::from_bits(slot::EVENTS);
    if let Err(error) = cap::Tcb::from_bits(slot::TCB).tcb_bind_notification(events) {
        panic!("binding the event notification: {error}");
    }
    let status = main(Process::new(environment));
    exit(status)
}

/// Gives the slot allocator memory to remember in what comes back.
fn remember_slots() {
    memory::with(|memory| {
        let words = memory
            .slots
            .words()
            .min((SLOT_BOOKS.end - SLOT_BOOKS.start) as usize / 8);
        let pages = (words * 8).div_ceil(PAGE) as u64;
        if let (_, Err(error)) = memory.map_fresh(SLOT_BOOKS.start, pages, Access::Write) {
            panic!("no memory for the slots' books: {error}");
        }
        let start = core::ptr::with_exposed_provenance_mut(SLOT_BOOKS.start as usize);
        // SAFETY: the pages were just mapped, zeroed, for this use alone.
        memory
            .slots
            .remember_in(unsafe { core::slice::from_raw_parts_mut(start, words) });
    });
}

/// Ends the process.
pub(crate) fn exit(status: i32) -> ! {
    panic::end(|parent| parent.exit(status))
}
