// SPDX-License-Identifier: MIT OR Apache-2.0
//! I/O ports.

use crate::{Error, InvocationContext, Result, cap};

macro_rules! declare_io_port_read {
    ($name:ident, $sys:ident, $type:ty) => {
        /// Reads from a port.
        pub fn $name(self, port: u16) -> Result<$type> {
            let (bits, context) = self.into_parts();
            context.with_context(|buffer| {
                let result = buffer.inner_mut().$sys(bits, port);
                Error::or(result.error, result.result)
            })
        }
    };
}

macro_rules! declare_io_port_write {
    ($name:ident, $sys:ident, $type:ty) => {
        /// Writes to a port.
        pub fn $name(self, port: u16, data: $type) -> Result<()> {
            let (bits, context) = self.into_parts();
            context.with_context(|buffer| {
                let buffer = buffer.inner_mut();
                Error::wrap(buffer.$sys(bits, port.into(), data.into()))
            })
        }
    };
}

impl<C: InvocationContext> cap::IOPort<C> {
    declare_io_port_read!(ioport_in8, seL4_X86_IOPort_In8, u8);
    declare_io_port_read!(ioport_in16, seL4_X86_IOPort_In16, u16);
    declare_io_port_read!(ioport_in32, seL4_X86_IOPort_In32, u32);
    declare_io_port_write!(ioport_out8, seL4_X86_IOPort_Out8, u8);
    declare_io_port_write!(ioport_out16, seL4_X86_IOPort_Out16, u16);
    declare_io_port_write!(ioport_out32, seL4_X86_IOPort_Out32, u32);
}
