// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where this thread's IPC buffer is.
//!
//! A reference to the buffer is lent by taking the pointer out of [`AVAILABLE`] and put back
//! afterwards: that costs a test and two stores, and a second, overlapping use finds nothing. A
//! process has one thread that uses this state; further threads name their buffer explicitly.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use crate::IpcBuffer;

/// The buffer, or null while it is lent or before it is known.
static AVAILABLE: AtomicPtr<IpcBuffer> = AtomicPtr::new(ptr::null_mut());

/// The buffer, from the moment it is known.
static BUFFER: AtomicPtr<IpcBuffer> = AtomicPtr::new(ptr::null_mut());

/// Says where the IPC buffer of this thread is. Called once at the start, by the runtime.
#[inline]
pub fn set_ipc_buffer(ipc_buffer: &'static mut IpcBuffer) {
    let pointer = ptr::from_mut(ipc_buffer);
    BUFFER.store(pointer, Relaxed);
    AVAILABLE.store(pointer, Relaxed);
}

/// Calls `f` with the IPC buffer.
///
/// # Panics
/// If no buffer was set, or within the closure of another such call.
#[inline(always)]
pub fn with_ipc_buffer<T>(f: impl FnOnce(&IpcBuffer) -> T) -> T {
    with_ipc_buffer_mut(|buffer| f(buffer))
}

/// Calls `f` with the IPC buffer, to be changed.
///
/// # Panics
/// If no buffer was set, or within the closure of another such call.
#[inline(always)]
pub fn with_ipc_buffer_mut<T>(f: impl FnOnce(&mut IpcBuffer) -> T) -> T {
    let pointer = AVAILABLE.load(Relaxed);
    if pointer.is_null() {
        unavailable();
    }
    AVAILABLE.store(ptr::null_mut(), Relaxed);
    // SAFETY: the pointer comes from a `&'static mut`, and was taken out of AVAILABLE, so no other
    // reference to the buffer exists until it is put back.
    let result = f(unsafe { &mut *pointer });
    AVAILABLE.store(pointer, Relaxed);
    result
}

/// Panics if the IPC buffer is lent or not known.
#[inline(always)]
pub(crate) fn assert_available() {
    if AVAILABLE.load(Relaxed).is_null() {
        unavailable();
    }
}

#[cold]
#[inline(never)]
fn unavailable() -> ! {
    if BUFFER.load(Relaxed).is_null() {
        panic!("no IPC buffer: sel4::set_ipc_buffer was not called");
    }
    panic!("the IPC buffer is in use: an invocation inside with_ipc_buffer");
}

/// Makes the IPC buffer available again although it may be lent, so that a panic handler can still
/// send its message.
///
/// # Safety
/// Nobody may use a reference to the buffer that was lent before: control must never return to where
/// it was lent.
pub unsafe fn reclaim_ipc_buffer() {
    AVAILABLE.store(BUFFER.load(Relaxed), Relaxed);
}

#[cfg(test)]
mod tests {
    use std::boxed::Box;
    use std::panic::catch_unwind;

    use super::*;
    use crate::{MessageInfo, NoExplicitInvocationContext, cap, sys};

    /// One test, because there is one state.
    #[test]
    fn the_buffer_is_lent_once_at_a_time() {
        assert!(catch_unwind(|| with_ipc_buffer(|_| ())).is_err());

        let memory = Box::leak(Box::new(sys::seL4_IPCBuffer::default()));
        // SAFETY: the memory is never freed, and only this test refers to it.
        set_ipc_buffer(unsafe { IpcBuffer::from_ptr(memory) });
        with_ipc_buffer_mut(|buffer| buffer.msg_regs_mut()[5] = 7);
        with_ipc_buffer_mut(|buffer| buffer.msg_bytes_mut()[40] = 8);
        assert_eq!(with_ipc_buffer(|buffer| buffer.msg_regs()[5]), 8);

        // Neither a second closure nor a call that the kernel answers into the buffer.
        let nested = catch_unwind(|| with_ipc_buffer(|_| with_ipc_buffer(|_| ())));
        assert!(nested.is_err());
        // SAFETY: the closures that had a reference were left by the panic.
        unsafe { reclaim_ipc_buffer() };
        let call = catch_unwind(|| {
            let endpoint = cap::Endpoint::<NoExplicitInvocationContext>::from_bits(1);
            with_ipc_buffer(|_| endpoint.call_with_mrs(MessageInfo::default(), ()).msg)
        });
        assert!(call.is_err());
        // SAFETY: as above.
        unsafe { reclaim_ipc_buffer() };
        assert_eq!(with_ipc_buffer(|buffer| buffer.msg_regs()[5]), 8);
    }
}
