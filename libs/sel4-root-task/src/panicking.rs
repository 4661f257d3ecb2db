// SPDX-License-Identifier: MIT OR Apache-2.0

use core::cell::Cell;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What is told of a panic before the root task stops.
pub type PanicHook = dyn Fn(&PanicInfo<'_>) + Send + Sync;

struct Hook(Cell<&'static PanicHook>);

// SAFETY: the root task has one thread.
unsafe impl Sync for Hook {}

static HOOK: Hook = Hook(Cell::new(&default_hook));

/// Whether a panic is being handled.
static PANICKING: AtomicBool = AtomicBool::new(false);

/// Sets what is told of a panic. Until then it is a line on the kernel's console, which only debug
/// kernels have.
pub fn set_hook(hook: &'static PanicHook) {
    HOOK.0.set(hook);
}

fn default_hook(information: &PanicInfo<'_>) {
    sel4::debug_println!("{information}");
}

/// Tells the hook and stops the root task; what [`crate::root_task`] makes the panic handler.
pub fn handle(information: &PanicInfo<'_>) -> ! {
    // A hook that panics itself is not told again.
    if !PANICKING.load(Relaxed) {
        PANICKING.store(true, Relaxed);
        // SAFETY: this function never returns to whoever borrowed the IPC buffer.
        unsafe { sel4::reclaim_ipc_buffer() };
        (HOOK.0.get())(information);
    } else {
        default_hook(information);
    }
    // SAFETY: the hook has returned or panicked, and this function never returns.
    unsafe { sel4::reclaim_ipc_buffer() };
    sel4::init_thread::suspend_self()
}
