// SPDX-License-Identifier: MIT OR Apache-2.0
//! What happened to a child that faulted, in one line.
use core::fmt;

use sel4::{Fault, UserContext};

/// A fault and the registers at that moment.
pub struct Description<'a> {
    /// The fault.
    pub fault: &'a Fault,
    /// The registers, if they could be read.
    pub registers: Option<&'a UserContext>,
}

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::VmFault(fault) => {
                let access = if fault.is_prefetch() {
                    "executed"
                } else if fault.is_write() {
                    "wrote"
                } else {
                    "read"
                };
                let (address, at) = (fault.addr(), fault.ip());
                write!(
                    f,
                    "{access} at {address:#x}, where nothing allows it; instruction {at:#x}"
                )
            }
            Fault::CapFault(fault) => write!(
                f,
                "used capability address {:#x}, which leads nowhere; instruction {:#x}",
                fault.addr(),
                fault.ip()
            ),
            Fault::UnknownSyscall(fault) => write!(
                f,
                "made system call {:#x}, which the kernel does not have; instruction {:#x}",
                fault.syscall(),
                fault.fault_ip()
            ),
            Fault::UserException(fault) => write!(
                f,
                "raised processor exception {} (code {:#x}); instruction {:#x}",
                fault.number(),
                fault.code(),
                fault.fault_ip()
            ),
            other => write!(f, "faulted: {other:?}"),
        }?;
        if let Some(registers) = self.registers {
            // In the kernel's order (`seL4_UserContext`).
            f.write_str("; registers")?;
            for word in registers.as_words() {
                write!(f, " {word:x}")?;
            }
        }
        Ok(())
    }
}
