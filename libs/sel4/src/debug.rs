// SPDX-License-Identifier: MIT OR Apache-2.0
//! Output through the kernel, which only debug kernels have.

use core::fmt;

use crate::{Cap, CapType, InvocationContext, Word, cap, sys};

/// Writes to the kernel's console; to nowhere in a kernel without one.
#[derive(Clone, Copy, Debug, Default)]
pub struct DebugWrite;

impl fmt::Write for DebugWrite {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(debug_put_char);
        Ok(())
    }
}

/// Writes a byte to the kernel's console; does nothing in a kernel without one.
pub fn debug_put_char(byte: u8) {
    sys::seL4_DebugPutChar(byte);
}

/// Prints a description of the system's capabilities on the kernel's console; does nothing in a
/// kernel without one.
pub fn debug_snapshot() {
    sys::seL4_DebugSnapshot();
}

/// Stops the machine; does nothing in a kernel that does not do that for user space.
pub fn debug_halt() {
    sys::seL4_DebugHalt();
}

impl<C: InvocationContext> cap::Tcb<C> {
    /// Gives the thread the name that the kernel prints for it; does nothing in a kernel that prints
    /// nothing.
    pub fn debug_name(self, name: &[u8]) {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| buffer.inner_mut().seL4_DebugNameThread(bits, name));
    }
}

impl<T: CapType, C> Cap<T, C> {
    /// The kernel's own number for the type of the object that the capability names; 0 is none, also
    /// in a kernel that does not tell.
    #[must_use]
    pub fn debug_identify(&self) -> Word {
        sys::seL4_DebugCapIdentify(self.bits())
    }
}

/// Prints to the kernel's console; does nothing in a kernel without one.
#[macro_export]
macro_rules! debug_print {
    ($($argument:tt)*) => {{
        let _ = ::core::fmt::Write::write_fmt(
            &mut $crate::DebugWrite,
            ::core::format_args!($($argument)*),
        );
    }};
}

/// Prints a line to the kernel's console; does nothing in a kernel without one.
#[macro_export]
macro_rules! debug_println {
    () => { $crate::debug_print!("\n") };
    ($($argument:tt)*) => {{
        $crate::debug_print!("{}\n", ::core::format_args!($($argument)*));
    }};
}
