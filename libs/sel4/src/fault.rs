// SPDX-License-Identifier: MIT OR Apache-2.0
// A fault message is what the kernel sends on behalf of a thread to that thread's fault endpoint.
// Whatever comes through a program's endpoint can as well be forged by the program: see it as that
// program's own words.

use crate::{IpcBuffer, MessageInfo, NUM_FAST_MESSAGE_REGISTERS, Word, sys};

pub use crate::arch::{UnknownSyscall, UserException, VmFault};

/// Declares a fault as an array of its message words, with an accessor for each.
macro_rules! declare_fault {
    (
        $(#[$attribute:meta])*
        $name:ident[$length:expr] { $($field:ident = $index:ident $doc:literal;)* }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name([$crate::Word; Self::LENGTH]);

        impl $name {
            /// How many words its message has.
            pub const LENGTH: usize = $length as usize;

            /// Its message words, in the kernel's order.
            #[must_use]
            #[inline(always)]
            pub const fn words(&self) -> &[$crate::Word; Self::LENGTH] {
                &self.0
            }

            #[inline(always)]
            pub(crate) fn from_message(
                registers: &[$crate::Word; $crate::NUM_FAST_MESSAGE_REGISTERS],
                buffer: &$crate::IpcBuffer,
            ) -> Self {
                let mut words = [0; Self::LENGTH];
                let fast = registers.len().min(Self::LENGTH);
                words[..fast].copy_from_slice(&registers[..fast]);
                words[fast..].copy_from_slice(&buffer.msg_regs()[fast..Self::LENGTH]);
                Self(words)
            }

            $(
                #[doc = $doc]
                #[must_use]
                #[inline(always)]
                pub const fn $field(&self) -> $crate::Word {
                    self.0[$crate::sys::$index as usize]
                }
            )*
        }
    };
}

pub(crate) use declare_fault;

declare_fault! {
    /// A capability address led nowhere.
    CapFault[sys::seL4_CapFault_GuardMismatch_BitsFound + 1] {
        ip = seL4_CapFault_IP "Address of the instruction.";
        addr = seL4_CapFault_Addr "The capability address.";
        in_recv_phase = seL4_CapFault_InRecvPhase "1 if it was a receive.";
        lookup_failure_type = seL4_CapFault_LookupFailureType "A `seL4_LookupFailureType`.";
        bits_left = seL4_CapFault_BitsLeft "How many bits of the address were left.";
        guard_found = seL4_CapFault_GuardMismatch_GuardFound "The guard that did not match, or the bits of a wrong depth.";
        bits_found = seL4_CapFault_GuardMismatch_BitsFound "The size of the guard that did not match.";
    }
}

/// No fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NullFault;

/// A fault message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault.
    NullFault(NullFault),
    /// A capability address led nowhere.
    CapFault(CapFault),
    /// A system call that is not the kernel's.
    UnknownSyscall(UnknownSyscall),
    /// A processor exception.
    UserException(UserException),
    /// A memory access that the VSpace does not allow.
    VmFault(VmFault),
}

impl Fault {
    /// The fault that a message in the IPC buffer tells; `None` if its label or length is none of a
    /// fault's.
    #[must_use]
    #[inline]
    pub fn new(buffer: &IpcBuffer, info: &MessageInfo) -> Option<Self> {
        let [a, b, c, d, ..] = *buffer.msg_regs();
        Self::with_mrs(buffer, info, &[a, b, c, d])
    }

    /// The same, of a message whose first words came in registers (`recv_with_mrs`).
    #[must_use]
    #[inline]
    pub fn with_mrs(
        buffer: &IpcBuffer,
        info: &MessageInfo,
        registers: &[Word; NUM_FAST_MESSAGE_REGISTERS],
    ) -> Option<Self> {
        let has = |length: usize| info.length() >= length;
        Some(match info.label() {
            sys::seL4_Fault_NullFault => Self::NullFault(NullFault),
            // A cap fault ends earlier if its lookup failure has less to tell.
            sys::seL4_Fault_CapFault if has(sys::seL4_CapFault_BitsLeft as usize) => {
                Self::CapFault(CapFault::from_message(registers, buffer))
            }
            sys::seL4_Fault_UnknownSyscall if has(UnknownSyscall::LENGTH) => {
                Self::UnknownSyscall(UnknownSyscall::from_message(registers, buffer))
            }
            sys::seL4_Fault_UserException if has(UserException::LENGTH) => {
                Self::UserException(UserException::from_message(registers, buffer))
            }
            sys::seL4_Fault_VMFault if has(VmFault::LENGTH) => {
                Self::VmFault(VmFault::from_message(registers, buffer))
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::boxed::Box;

    use super::*;
    use crate::MSG_MAX_LENGTH;

    fn buffer() -> &'static IpcBuffer {
        let mut memory = sys::seL4_IPCBuffer::default();
        for (index, word) in memory.msg.iter_mut().enumerate() {
            *word = 100 + index as Word;
        }
        // SAFETY: the memory is never freed, and only the caller refers to it.
        unsafe { IpcBuffer::from_ptr(Box::leak(Box::new(memory))) }
    }

    #[test]
    fn words_come_from_registers_and_buffer() {
        let info = MessageInfo::new(sys::seL4_Fault_UnknownSyscall, 0, 0, UnknownSyscall::LENGTH);
        let fault = Fault::with_mrs(buffer(), &info, &[1, 2, 3, 4]);
        let Some(Fault::UnknownSyscall(call)) = fault else {
            panic!("{fault:?}")
        };
        assert_eq!(call.words()[..6], [1, 2, 3, 4, 104, 105]);
        let ip = sys::seL4_UnknownSyscall_FaultIP as Word;
        assert_eq!(call.fault_ip(), 100 + ip);
        let fault = Fault::new(buffer(), &info);
        assert!(matches!(fault, Some(Fault::UnknownSyscall(call)) if call.words()[0] == 100));
    }

    /// Whoever holds an endpoint can send any label with any length.
    #[test]
    fn no_message_is_taken_for_a_fault_that_it_is_too_short_for() {
        let buffer = buffer();
        for label in (0..20).chain([0xf_ffff]) {
            for length in 0..128 {
                let info = MessageInfo::new(label, 0, 0, length);
                let needed = match Fault::new(buffer, &info) {
                    None | Some(Fault::NullFault(_)) => 0,
                    Some(Fault::CapFault(_)) => sys::seL4_CapFault_BitsLeft as usize,
                    Some(Fault::UnknownSyscall(_)) => UnknownSyscall::LENGTH,
                    Some(Fault::UserException(_)) => UserException::LENGTH,
                    Some(Fault::VmFault(_)) => VmFault::LENGTH,
                };
                assert!(needed <= length && needed <= MSG_MAX_LENGTH);
            }
        }
    }
}
