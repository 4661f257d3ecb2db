// SPDX-License-Identifier: MIT OR Apache-2.0
use super::{aarch64, x86_64};
use crate::layout::x86_64::USER_END;
use crate::{Routine, routine};
use proptest::prelude::*;
use unix_abi::Errno;

/// The same test for both: they are used as one type.
macro_rules! both {
    ($name:ident, $module:ident, $pointer_inside:literal) => {
        #[test]
        fn $name() {
            use $module::Registers;
            let mut registers = Registers::for_program(0x40_1000, 0x7fff_0000);
            assert_eq!((registers.pc(), registers.sp()), (0x40_1000, 0x7fff_0000));
            assert_eq!(registers.sanitized(), registers);
            assert_eq!(
                (0..8).map(|index| registers.argument(index)).sum::<usize>(),
                0
            );

            registers.set_call_number(39);
            assert_eq!(registers.call_number(), 39);
            registers.set_call_number(usize::MAX);
            assert_eq!(registers.call_number(), usize::MAX);
            registers.set_call_number(1 << 32 | 5);
            assert_eq!(registers.call_number(), 5, "only 32 bits count");

            let mut done = registers;
            done.complete_call(Ok(7));
            assert_eq!(done.pc() as u64, 0x40_1000 + Registers::CALL_LENGTH);
            let mut by_hand = registers;
            by_hand.set_result(7);
            by_hand.set_pc(done.pc());
            assert_eq!(done, by_hand);
            done.complete_call(Err(Errno::ENOENT));
            by_hand.set_result(-2isize as usize);
            by_hand.set_pc(done.pc());
            assert_eq!(done, by_hand);

            registers.set_sp(0x1230);
            assert_eq!(registers.sp(), 0x1230);
            assert_eq!(Registers::HOLDS_THREAD_POINTER, $pointer_inside);
            assert_eq!(
                registers.set_thread_pointer(0x5000).is_ok(),
                $pointer_inside
            );

            let inside = registers.for_routine(0x9000, Routine::InitialState, 77);
            assert_eq!(inside.pc(), 0x9000 + 2 * routine::BLOCK);
        }
    };
}
both!(x86_64_calls, x86_64, true);
both!(aarch64_calls, aarch64, false);

#[test]
fn arguments_are_in_order() {
    let registers = x86_64::Registers {
        rdi: 1,
        rsi: 2,
        rdx: 3,
        r10: 4,
        r8: 5,
        r9: 6,
        rcx: 9,
        ..Default::default()
    };
    let all: Vec<usize> = (0..7).map(|index| registers.argument(index)).collect();
    assert_eq!(all, [1, 2, 3, 4, 5, 6, 0]);
    let registers = aarch64::Registers {
        x: core::array::from_fn(|index| index as u64 + 1),
        ..Default::default()
    };
    let all: Vec<usize> = (0..7).map(|index| registers.argument(index)).collect();
    assert_eq!(all, [1, 2, 3, 4, 5, 6, 0]);
    assert_eq!(registers.for_routine(0, Routine::SaveState, 5).x[0], 5);
    let routine = x86_64::Registers::default().for_routine(0, Routine::SaveState, 5);
    assert_eq!((routine.rdi, routine.rflags), (5, x86_64::FIXED_FLAGS));
}

#[test]
fn thread_pointers_stay_in_user_space() {
    let mut registers = x86_64::Registers::default();
    assert_eq!(registers.set_thread_pointer(USER_END - 1), Ok(()));
    for bad in [USER_END, 1 << 47, usize::MAX] {
        assert_eq!(registers.set_thread_pointer(bad), Err(Errno::EPERM));
        assert_eq!(
            registers.fs_base,
            USER_END as u64 - 1,
            "nothing has changed"
        );
        let outside = x86_64::Registers {
            fs_base: bad as u64,
            ..registers
        };
        assert_eq!(outside.sanitized().fs_base, 0);
    }
}

proptest! {
    #[test]
    fn flags(value: u64) {
        let x86 = x86_64::Registers { rflags: value, ..Default::default() }.sanitized();
        // Interrupts on; no single step, I/O privilege, virtual mode or bits that do not exist.
        prop_assert_eq!(x86.rflags & 0x202, 0x202);
        prop_assert_eq!(x86.rflags & !0x25_4ed7, 0);
        prop_assert_eq!(x86.rflags & 0xcd5, value & 0xcd5);
        let arm = aarch64::Registers { pstate: value, ..Default::default() }.sanitized();
        prop_assert_eq!(arm.pstate, value & 0xf000_0000);
    }
}
