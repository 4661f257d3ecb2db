// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the gate is in the address space of every Unix process.
//!
//! ```text
//!  USER_END        end of user space (Linux's TASK_SIZE)
//!    …             room for further pages (a vDSO)
//!  GATE_DATA       read-only page, not executable: the signal return words, later the clock
//!  GATE_ADDRESS    read-only page, executable: the routines
//!  CONTEXT_END
//!    …             context slots, CONTEXT_SLOT bytes each, writable for the program
//!  CONTEXT_ADDRESS
//!    …             one unmapped page
//!  STACK_TOP       the stack of the first thread grows down from here
//! ```
//! From `STACK_TOP` on (and for the first MiB of stack) all of it is in one 2 MiB block, so that it
//! costs one single page table.

/// Bytes in a page.
pub const PAGE_SIZE: usize = 4096;
/// Bytes of one thread's context: enough for the FP registers of either architecture (AVX too).
pub const CONTEXT_SLOT: usize = 1024;
/// Pages of context slots.
const CONTEXT_PAGES: usize = 0xdf;
/// How many threads of one address space can have a context slot.
pub const CONTEXT_SLOTS: usize = CONTEXT_PAGES * PAGE_SIZE / CONTEXT_SLOT;

macro_rules! addresses {
    ($architecture:ident, $block:expr) => {
        /// The addresses on this architecture.
        pub mod $architecture {
            use super::{CONTEXT_PAGES, CONTEXT_SLOT, CONTEXT_SLOTS, PAGE_SIZE};

            /// The last 2 MiB of user space.
            const BLOCK: usize = $block;
            /// The end of user space: no program has anything here or above.
            pub const USER_END: usize = BLOCK + 0x1f_f000;
            /// Where the stack of the first thread ends.
            pub const STACK_TOP: usize = BLOCK + 0x10_0000;
            /// The first context slot.
            pub const CONTEXT_ADDRESS: usize = STACK_TOP + PAGE_SIZE;
            /// Behind the last context slot.
            pub const CONTEXT_END: usize = CONTEXT_ADDRESS + CONTEXT_PAGES * PAGE_SIZE;
            /// The gate page.
            pub const GATE_ADDRESS: usize = BLOCK + 0x1f_0000;
            /// The page of data behind the gate page.
            pub const GATE_DATA: usize = GATE_ADDRESS + PAGE_SIZE;

            const _: () = assert!(CONTEXT_END <= GATE_ADDRESS && GATE_DATA < USER_END);

            /// The address of a context slot; slots are numbered by address space.
            pub const fn context_slot(index: usize) -> Option<usize> {
                match index < CONTEXT_SLOTS {
                    true => Some(CONTEXT_ADDRESS + index * CONTEXT_SLOT),
                    false => None,
                }
            }
        }
    };
}

addresses!(x86_64, 0x7fff_ffe0_0000);
addresses!(aarch64, 0xffff_ffe0_0000);
