// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a trap of a program means.

/// x86_64: vectors of software interrupts and of exceptions.
///
/// In seL4 5.0.0 a program may raise the vectors 0x9e … 0xfe itself. They arrive as an unknown system
/// call, with the program counter at the instruction and every register kept.
pub mod x86_64 {
    use unix_abi::linux::general::*;

    /// The vector that replaces `syscall`.
    pub const CALL_VECTOR: u8 = 0xc0;
    /// The vector of the gate trap.
    pub const GATE_VECTOR: u8 = 0xc1;

    /// What an unknown system call is, by its number.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub enum Call {
        /// `int 0xC0`: a rewritten `syscall`.
        Rewritten,
        /// `int 0xC1`: maybe the end of a routine in the gate page.
        Gate,
        /// Another software interrupt; Linux gives SIGSEGV for it.
        Interrupt(u8),
        /// A `syscall` that was not rewritten. Its number is in rax as always, but the stack
        /// pointer is lost.
        Raw,
    }

    impl Call {
        /// Takes the number in the fault message apart: seL4 puts the vector above 24 bits of eax
        /// and extends the sign; for `syscall` it is rdx.
        pub const fn from_number(number: u64) -> Call {
            if number >> 31 != 0x1_ffff_ffff {
                return Call::Raw;
            }
            match (number >> 24) as u8 {
                CALL_VECTOR => Call::Rewritten,
                GATE_VECTOR => Call::Gate,
                vector @ 0x9e..=0xfe => Call::Interrupt(vector),
                _ => Call::Raw,
            }
        }
    }

    /// The exception of a privileged or impossible instruction.
    pub const GENERAL_PROTECTION: u64 = 13;
    /// The code of a general protection exception that `int 0x80` raises: a system call of 32-bit
    /// Linux, which does not exist here.
    pub const INT80_ERROR: u64 = 0x80 * 8 + 2;

    /// Signal and `si_code` of a processor exception, as on Linux.
    pub const fn exception_signal(vector: u64) -> (u32, i32) {
        match vector {
            0 => (SIGFPE, FPE_INTDIV as i32),
            1 => (SIGTRAP, TRAP_BRKPT as i32),
            3 => (SIGTRAP, SI_KERNEL as i32),
            6 => (SIGILL, ILL_ILLOPN as i32),
            11 | 12 => (SIGBUS, SI_KERNEL as i32),
            16 | 19 => (SIGFPE, FPE_FLTINV as i32),
            17 => (SIGBUS, BUS_ADRALN as i32),
            _ => (SIGSEGV, SI_KERNEL as i32),
        }
    }
}

/// aarch64: a user exception says no more than where; the instruction there says what.
pub mod aarch64 {
    use unix_abi::linux::general::*;

    /// The number in the gate page's `brk` instructions.
    pub const GATE_BREAKPOINT: u32 = 0xc0f8;

    /// Signal and `si_code` for a user exception at this instruction, as on Linux.
    pub const fn exception_signal(word: u32) -> (u32, i32) {
        match word & 0xffe0_001f {
            // brk
            0xd420_0000 => (SIGTRAP, TRAP_BRKPT as i32),
            _ => (SIGILL, ILL_ILLOPC as i32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::x86_64::Call;
    use proptest::prelude::*;
    use unix_abi::linux::general::*;

    /// As the kernel makes it: a C `int`, then a word.
    fn number(vector: u8, eax: u32) -> u64 {
        ((u32::from(vector) << 24 | eax & 0xff_ffff) as i32) as u64
    }

    #[test]
    fn numbers_of_unknown_calls() {
        assert_eq!(Call::from_number(0xffff_ffff_c000_0027), Call::Rewritten);
        assert_eq!(Call::from_number(0xffff_ffff_c100_0000), Call::Gate);
        assert_eq!(Call::from_number(number(0xfe, 1)), Call::Interrupt(0xfe));
        for raw in [0, 39, u64::MAX, 0xc000_0027, 0xffff_ffff_8000_0000] {
            assert_eq!(Call::from_number(raw), Call::Raw, "{raw:#x}");
        }
    }

    #[test]
    fn exceptions() {
        assert_eq!(
            super::x86_64::exception_signal(0),
            (SIGFPE, FPE_INTDIV as i32)
        );
        assert_eq!(
            super::x86_64::exception_signal(6),
            (SIGILL, ILL_ILLOPN as i32)
        );
        assert_eq!(
            super::x86_64::exception_signal(13),
            (SIGSEGV, SI_KERNEL as i32)
        );
        assert_eq!(
            super::aarch64::exception_signal(0xd420_0000 | 1 << 5).0,
            SIGTRAP
        );
        assert_eq!(super::aarch64::exception_signal(0).0, SIGILL);
        assert_eq!(super::aarch64::exception_signal(0xd440_0000).0, SIGILL);
    }

    proptest! {
        #[test]
        fn vectors(vector in 0x9eu8..0xff, eax: u32) {
            let expected = match vector {
                0xc0 => Call::Rewritten,
                0xc1 => Call::Gate,
                other => Call::Interrupt(other),
            };
            prop_assert_eq!(Call::from_number(number(vector, eax)), expected);
        }
    }
}
