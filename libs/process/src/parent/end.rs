// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a child ended.
use core::fmt;

use sel4::{Fault, UserContext};

use crate::handover::Failure;

/// How a child ended: in its own words ([`crate::handover::Parenthood`]), as the kernel saw it, or as its container tells.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// It asked for its end.
    Exited {
        /// 0 is success.
        status: i32,
    },
    /// Its program could not be loaded.
    Unloadable {
        /// Why.
        failure: Failure,
        /// A number that belongs to it.
        detail: u64,
    },
    /// Its program panicked.
    Panicked {
        /// Place and message.
        text: &'a str,
    },
    /// It did what nothing allows.
    Faulted {
        /// What.
        fault: &'a Fault,
        /// The registers at that moment, if they could be read.
        registers: Option<&'a UserContext>,
    },
    /// It sent its parent what is neither a request nor a fault.
    Nonsense,
    /// Somebody else destroyed its container: an ancestor, or whoever was given the right to. The parent sees that by
    /// [`croft_container::Container::watch`].
    Killed,
    /// Its parent asked for its end, and destroyed it when the time for that was over ([`crate::ending`]).
    Forced,
}

impl End<'_> {
    /// Whether it counts as a failure.
    #[must_use]
    pub const fn failed(&self) -> bool {
        !matches!(self, Self::Exited { status: 0 })
    }

    /// Whether it came where the program did not expect it, so that it matters where that was.
    #[must_use]
    pub const fn is_sudden(&self) -> bool {
        matches!(
            self,
            Self::Panicked { .. } | Self::Faulted { .. } | Self::Nonsense
        )
    }

    /// The address that a memory access was refused at, if that was the end.
    #[must_use]
    pub fn fault_address(&self) -> Option<u64> {
        match self {
            Self::Faulted {
                fault: Fault::VmFault(fault),
                ..
            } => Some(fault.addr()),
            _ => None,
        }
    }
}

impl fmt::Display for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Exited { status } => write!(f, "ended with status {status}"),
            Self::Unloadable { failure, detail } => {
                write!(f, "cannot be loaded: {failure} ({detail:#x})")
            }
            Self::Panicked { text } => write!(f, "panicked: {text}"),
            Self::Faulted { fault, registers } => Description { fault, registers }.fmt(f),
            Self::Nonsense => f.write_str("sent nonsense to its parent"),
            Self::Killed => f.write_str("was destroyed by somebody else"),
            Self::Forced => f.write_str("did not end in time and was destroyed"),
        }
    }
}

/// A fault and the registers at that moment, in one line.
struct Description<'a> {
    fault: &'a Fault,
    registers: Option<&'a UserContext>,
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
