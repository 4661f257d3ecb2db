// SPDX-License-Identifier: MIT OR Apache-2.0
//! System calls that only debug kernels have. In other kernels, where the call would be a fault, the
//! functions do nothing.

#[cfg(debug_build)]
use crate::calls::{NUM_FAST_MESSAGE_REGISTERS, Registers};
#[cfg(debug_build)]
use crate::entry::enter;
#[cfg(debug_build)]
use crate::syscall_id;
use crate::{seL4_CPtr, seL4_Word};

/// Whether the kernel has these calls.
pub const DEBUG_BUILD: bool = cfg!(debug_build);

#[cfg(debug_build)]
fn debug_call(number: isize, argument: seL4_Word) -> seL4_Word {
    let registers = Registers {
        cap: argument,
        info: 0,
        msg: [0; NUM_FAST_MESSAGE_REGISTERS],
    };
    // SAFETY: these calls write registers only.
    unsafe { enter(number, registers) }.cap
}

/// Writes a byte to the kernel's console.
#[cfg_attr(not(debug_build), expect(unused_variables, reason = "no such call"))]
pub fn debug_put_char(byte: u8) {
    #[cfg(debug_build)]
    debug_call(syscall_id::DebugPutChar, byte.into());
}

/// Prints a description of the system's capabilities on the kernel's console.
pub fn debug_snapshot() {
    #[cfg(debug_build)]
    debug_call(syscall_id::DebugSnapshot, 0);
}

/// The kernel's own number for the type of a capability; 0 is none.
#[cfg_attr(not(debug_build), expect(unused_variables, reason = "no such call"))]
#[must_use]
pub fn debug_cap_identify(cap: seL4_CPtr) -> seL4_Word {
    #[cfg(debug_build)]
    return debug_call(syscall_id::DebugCapIdentify, cap);
    #[cfg(not(debug_build))]
    0
}
