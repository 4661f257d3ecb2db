// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers of aarch64.

use crate::{UserContext, Word};

macro_rules! declare_registers {
    ($($field:ident $mutable:ident $doc:literal)*) => {
        impl UserContext {
            $(
                #[doc = $doc]
                #[must_use]
                #[inline(always)]
                pub const fn $field(&self) -> Word {
                    self.inner().$field
                }

                #[doc = $doc]
                #[inline(always)]
                pub const fn $mutable(&mut self) -> &mut Word {
                    &mut self.inner_mut().$field
                }
            )*
        }
    };
}

declare_registers! {
    pc pc_mut "Program counter."
    sp sp_mut "Stack pointer."
    spsr spsr_mut "Processor state."
}

/// General purpose registers by number.
macro_rules! declare_general_purpose {
    ($($number:literal $field:ident)*) => {
        impl UserContext {
            /// General purpose register x0 to x30.
            ///
            /// # Panics
            /// For a number above 30.
            #[must_use]
            pub const fn gpr(&self, number: usize) -> Word {
                match number {
                    $($number => self.inner().$field,)*
                    _ => panic!("general purpose registers are x0 to x30"),
                }
            }

            /// General purpose register x0 to x30.
            ///
            /// # Panics
            /// For a number above 30.
            pub const fn gpr_mut(&mut self, number: usize) -> &mut Word {
                match number {
                    $($number => &mut self.inner_mut().$field,)*
                    _ => panic!("general purpose registers are x0 to x30"),
                }
            }
        }
    };
}

declare_general_purpose! {
    0 x0 1 x1 2 x2 3 x3 4 x4 5 x5 6 x6 7 x7
    8 x8 9 x9 10 x10 11 x11 12 x12 13 x13 14 x14 15 x15
    16 x16 17 x17 18 x18 19 x19 20 x20 21 x21 22 x22 23 x23
    24 x24 25 x25 26 x26 27 x27 28 x28 29 x29 30 x30
}

impl UserContext {
    /// What is in the register from which the kernel takes the number of a call.
    #[must_use]
    pub const fn call_number(&self) -> Word {
        self.gpr(7)
    }

    /// The register of the C calling convention's integer argument `index`.
    ///
    /// # Panics
    /// From argument 8 on: those are on the stack.
    pub const fn c_param_mut(&mut self, index: usize) -> &mut Word {
        assert!(
            index < 8,
            "the calling convention passes 8 arguments in registers"
        );
        self.gpr_mut(index)
    }
}
