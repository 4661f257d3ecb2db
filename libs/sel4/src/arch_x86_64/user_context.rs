// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers of x86_64.

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
    rip rip_mut "Instruction pointer."
    rsp rsp_mut "Stack pointer."
    rflags rflags_mut "Flags."
    rax rax_mut "Register rax."
    rbx rbx_mut "Register rbx."
    rcx rcx_mut "Register rcx."
    rdx rdx_mut "Register rdx."
    rsi rsi_mut "Register rsi."
    rdi rdi_mut "Register rdi."
    rbp rbp_mut "Register rbp."
    r8 r8_mut "Register r8."
    r9 r9_mut "Register r9."
    r10 r10_mut "Register r10."
    r11 r11_mut "Register r11."
    r12 r12_mut "Register r12."
    r13 r13_mut "Register r13."
    r14 r14_mut "Register r14."
    r15 r15_mut "Register r15."
    tls_base tls_base_mut "Base of FS, the thread-local storage."
}

impl UserContext {
    /// Program counter.
    #[must_use]
    #[inline(always)]
    pub const fn pc(&self) -> Word {
        self.rip()
    }

    /// Program counter.
    #[inline(always)]
    pub const fn pc_mut(&mut self) -> &mut Word {
        self.rip_mut()
    }

    /// Stack pointer.
    #[must_use]
    #[inline(always)]
    pub const fn sp(&self) -> Word {
        self.rsp()
    }

    /// Stack pointer.
    #[inline(always)]
    pub const fn sp_mut(&mut self) -> &mut Word {
        self.rsp_mut()
    }

    /// What is in the register from which the kernel takes the number of a call.
    #[must_use]
    pub const fn call_number(&self) -> Word {
        self.rdx()
    }

    /// The register of the C calling convention's integer argument `index`.
    ///
    /// # Panics
    /// From argument 6 on: those are on the stack.
    pub const fn c_param_mut(&mut self, index: usize) -> &mut Word {
        match index {
            0 => self.rdi_mut(),
            1 => self.rsi_mut(),
            2 => self.rdx_mut(),
            3 => self.rcx_mut(),
            4 => self.r8_mut(),
            5 => self.r9_mut(),
            _ => panic!("the calling convention passes 6 arguments in registers"),
        }
    }
}
