// SPDX-License-Identifier: MIT OR Apache-2.0
//! System calls that only debug kernels have. In other kernels, where the call would be a fault, the
//! functions do nothing.

use sel4_config::sel4_cfg_if;

use crate::{seL4_CPtr, seL4_IPCBuffer, seL4_Word};

sel4_cfg_if! {
    if #[sel4_cfg(DEBUG_BUILD)] {
        use crate::calls::{NUM_FAST_MESSAGE_REGISTERS, Registers};
        use crate::entry::enter;
        use crate::syscall_id::{
            DebugCapIdentify, DebugHalt, DebugNameThread, DebugPutChar, DebugSnapshot,
        };

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
        pub fn seL4_DebugPutChar(byte: u8) {
            debug_call(DebugPutChar, byte.into());
        }

        /// Prints a description of the system's capabilities on the kernel's console.
        pub fn seL4_DebugSnapshot() {
            debug_call(DebugSnapshot, 0);
        }

        /// The kernel's own number for the type of a capability; 0 is none.
        #[must_use]
        pub fn seL4_DebugCapIdentify(cap: seL4_CPtr) -> seL4_Word {
            debug_call(DebugCapIdentify, cap)
        }

        /// Stops the machine.
        pub fn seL4_DebugHalt() {
            debug_call(DebugHalt, 0);
        }

        impl seL4_IPCBuffer {
            /// Gives a thread the name that the kernel prints for it, and cuts off if it is long.
            pub fn seL4_DebugNameThread(&mut self, tcb: seL4_CPtr, name: &[u8]) {
                const WORD: usize = size_of::<seL4_Word>();
                // The kernel reads a C string out of the message's bytes.
                let longest = size_of_val(&self.msg) - 1;
                let name = &name[..name.len().min(longest)];
                self.msg[..=name.len() / WORD].fill(0);
                for (index, byte) in name.iter().enumerate() {
                    self.msg[index / WORD] |= seL4_Word::from(*byte) << (index % WORD * 8);
                }
                debug_call(DebugNameThread, tcb);
            }
        }
    } else {
        /// Does nothing: the kernel has no console.
        pub fn seL4_DebugPutChar(_byte: u8) {}

        /// Does nothing: the kernel has no console.
        pub fn seL4_DebugSnapshot() {}

        /// 0: the kernel does not tell.
        #[must_use]
        pub fn seL4_DebugCapIdentify(_cap: seL4_CPtr) -> seL4_Word {
            0
        }

        /// Does nothing: the kernel does not stop for user space.
        pub fn seL4_DebugHalt() {}

        impl seL4_IPCBuffer {
            /// Does nothing: the kernel does not keep names.
            pub fn seL4_DebugNameThread(&mut self, _tcb: seL4_CPtr, _name: &[u8]) {}
        }
    }
}
