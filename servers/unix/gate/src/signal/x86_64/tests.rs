// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::layout::x86_64::{GATE_ADDRESS, STACK_TOP};
use crate::signal::{Action, Fault, Information};
use proptest::prelude::*;
use unix_abi::linux::general::{SA_ONSTACK, SS_AUTODISARM};

const HANDLER: usize = 0x40_2000;
const RETURNS_TO: usize = 0x40_3000;
const WITH_RESTORER: u64 = SA_RESTORER as u64;
const WITH_INFORMATION: u64 = (SA_RESTORER | SA_SIGINFO) as u64;

fn delivery(flags: u64, alternate: AlternateStack) -> Delivery<'static> {
    static INFORMATION: Information = Information::from_sender(10, 42, 1000);
    Delivery {
        information: &INFORMATION,
        action: Action {
            handler: HANDLER,
            flags,
            restorer: RETURNS_TO,
        },
        mask: 0x8000_0000_0000_0001,
        alternate,
        fault: Some(Fault {
            vector: 14,
            code: 6,
            address: 0xdead_0000,
        }),
    }
}

fn interrupted() -> Registers {
    Registers {
        rax: 1,
        rbx: 2,
        rcx: 3,
        rdx: 4,
        rsi: 5,
        rdi: 6,
        rbp: 7,
        rsp: STACK_TOP as u64 - 0x1234,
        r8: 8,
        r9: 9,
        r10: 10,
        r11: 11,
        r12: 12,
        r13: 13,
        r14: 14,
        r15: 15,
        rip: 0x40_1000,
        rflags: 0x202 | DIRECTION_FLAG | RESUME_FLAG | 1,
        fs_base: 0x5000,
    }
}

/// Reads out of what was written.
fn reader(pieces: &[Piece]) -> impl FnMut(usize, &mut [u8]) -> Result<(), Errno> {
    |address, into| {
        let inside = |(start, bytes): &&Piece| {
            *start <= address && address + into.len() <= start + bytes.len()
        };
        let (start, bytes) = pieces.iter().find(inside).ok_or(Errno::EFAULT)?;
        into.copy_from_slice(&bytes[address - start..][..into.len()]);
        Ok(())
    }
}

/// The handler returns, the restorer calls.
fn after_return(entry: &Registers) -> Registers {
    Registers {
        rsp: entry.rsp + 8,
        rip: RETURNS_TO as u64,
        rax: 15,
        rflags: 0x246,
        ..*entry
    }
}

#[test]
fn a_handler_finds_what_the_abi_says() {
    let before = interrupted();
    let frame = build(
        &before,
        &delivery(WITH_INFORMATION, AlternateStack::NONE),
        GATE_ADDRESS,
    );
    let Frame {
        pieces,
        registers,
        alternate,
    } = frame.unwrap();
    assert_eq!(alternate, AlternateStack::NONE);
    let [(address, bytes)] = &pieces[..] else {
        panic!("one piece")
    };
    assert_eq!(registers.rsp, *address as u64);
    assert_eq!(address % 16, 8, "as if the handler had been called");
    assert!(
        address + bytes.len() <= before.rsp as usize - 128,
        "the red zone stays"
    );
    assert_eq!(
        registers.rip,
        (GATE_ADDRESS + Routine::SignalEntry.offset()) as u64
    );
    assert_eq!(registers.r11, HANDLER as u64);
    assert_eq!((registers.rdi, registers.rax), (10, 0));
    assert_eq!(registers.rflags, 0x203, "direction and resume flag are off");
    assert_eq!(registers.fs_base, before.fs_base);
    assert_eq!(bytes[..8], (RETURNS_TO as u64).to_le_bytes());

    let (frame, _) = SignalFrame::read_from_prefix(bytes).unwrap();
    let start = *address as u64;
    assert_eq!(registers.rsi, start + offset_of!(SignalFrame, info) as u64);
    assert_eq!(registers.rdx, start + offset_of!(SignalFrame, uc) as u64);
    assert_eq!(
        frame.info,
        Information::from_sender(10, 42, 1000).to_bytes()
    );
    assert_eq!(frame.uc.uc_sigmask, 0x8000_0000_0000_0001);
    let context = frame.uc.uc_mcontext;
    assert_eq!(
        (context.trapno, context.err, context.cr2),
        (14, 6, 0xdead_0000)
    );
    assert_eq!(
        (context.ip, context.sp, context.ax),
        (before.rip, before.rsp, 1)
    );
    assert_eq!((context.cs, context.ss), (0x33, 0x2b));
    assert_eq!(context.fpstate % 64, 0);
    assert_eq!(
        context.fpstate as usize + FXSAVE_SIZE,
        address + bytes.len()
    );
    let pointer = FLOATING_POINT;
    assert_eq!(bytes[pointer..pointer + 8], context.fpstate.to_le_bytes());
}

#[test]
fn without_information_none_is_given() {
    let frame = build(
        &interrupted(),
        &delivery(WITH_RESTORER, AlternateStack::NONE),
        GATE_ADDRESS,
    );
    let (frame, _) = SignalFrame::read_from_prefix(&frame.unwrap().pieces[0].1).unwrap();
    assert_eq!(frame.info, [0; INFORMATION_SIZE]);
    assert_eq!(frame.uc.uc_mcontext.trapno, 14);
}

#[test]
fn what_was_interrupted_goes_on() {
    let before = interrupted();
    let frame = build(
        &before,
        &delivery(WITH_RESTORER, AlternateStack::NONE),
        GATE_ADDRESS,
    );
    let frame = frame.unwrap();
    let restored = parse(&after_return(&frame.registers), &mut reader(&frame.pieces)).unwrap();
    assert_eq!(restored.registers, before);
    assert_eq!(restored.mask, 0x8000_0000_0000_0001);
    assert_eq!(restored.alternate, AlternateStack::NONE);
    let end = frame.pieces[0].0 + frame.pieces[0].1.len();
    assert_eq!(
        restored.floating_point,
        FloatingPoint::At(end - FXSAVE_SIZE)
    );
}

#[test]
fn a_changed_frame_counts() {
    let frame = build(
        &interrupted(),
        &delivery(WITH_RESTORER, AlternateStack::NONE),
        GATE_ADDRESS,
    );
    let mut frame = frame.unwrap();
    let base = offset_of!(SignalFrame, uc) + offset_of!(UserContext, uc_mcontext);
    let mut set = |offset: usize, value: u64| {
        frame.pieces[0].1[base + offset..][..8].copy_from_slice(&value.to_le_bytes());
        parse(&after_return(&frame.registers), &mut reader(&frame.pieces))
    };
    let restored = set(offset_of!(SignalContext, ip), 0x1234).unwrap();
    assert_eq!(restored.registers.rip, 0x1234);
    // All flags at once: only those that programs may set arrive.
    let restored = set(offset_of!(SignalContext, flags), u64::MAX).unwrap();
    assert_eq!(restored.registers.rflags, 0x5_0cd5 | 0x202);
    let restored = set(offset_of!(SignalContext, fpstate), 0).unwrap();
    assert_eq!(restored.floating_point, FloatingPoint::Initial);
    assert_eq!(
        set(offset_of!(SignalContext, fpstate), 0x1008),
        Err(Errno::EFAULT)
    );
}

#[test]
fn alternate_stacks() {
    let stack = AlternateStack {
        pointer: 0x60_0000,
        flags: 0,
        padding: 0,
        size: 0x2000,
    };
    let on_stack = WITH_RESTORER | u64::from(SA_ONSTACK);
    let address = |registers: &Registers, flags: u64, stack: AlternateStack| {
        build(registers, &delivery(flags, stack), GATE_ADDRESS).map(|frame| frame.registers.rsp)
    };
    let before = interrupted();
    // Only if the handler wants it.
    assert!(address(&before, WITH_RESTORER, stack).unwrap() > 0x7f00_0000_0000);
    let first = address(&before, on_stack, stack).unwrap();
    assert!(
        (0x60_0000 + 0x2000 - 1100..0x60_2000).contains(&first),
        "{first:#x}"
    );
    // A second signal goes on below the first, on the same stack.
    let nested = Registers {
        rsp: first,
        ..before
    };
    let second = address(&nested, on_stack, stack).unwrap();
    assert!(second < first - 128 && second > 0x60_0000);
    // When it is full, that is the end; no frame ever leaves it.
    let full = Registers {
        rsp: 0x60_0000 + 600,
        ..before
    };
    assert_eq!(address(&full, on_stack, stack), Err(NoRoom));
    assert_eq!(address(&full, WITH_RESTORER, stack), Err(NoRoom));
    let small = AlternateStack { size: 600, ..stack };
    assert_eq!(address(&before, on_stack, small), Err(NoRoom));
    let enough = AlternateStack {
        size: MINIMUM_STACK as u64,
        ..stack
    };
    assert!(address(&before, on_stack, enough).is_ok());
    // One that wraps.
    let wrapping = AlternateStack {
        pointer: u64::MAX - 10,
        ..stack
    };
    assert_eq!(address(&before, on_stack, wrapping), Err(NoRoom));
    // One that disarms itself is entered anew each time, and is gone for the handler.
    let disarming = AlternateStack {
        flags: SS_AUTODISARM,
        ..stack
    };
    let frame = build(&nested, &delivery(on_stack, disarming), GATE_ADDRESS).unwrap();
    assert_eq!(
        (frame.registers.rsp, frame.alternate),
        (first, AlternateStack::NONE)
    );
}

#[test]
fn without_restorer_there_is_no_frame() {
    assert_eq!(
        build(&interrupted(), &delivery(0, AlternateStack::NONE), 0),
        Err(NoRoom)
    );
}

proptest! {
    #[test]
    fn any_stack_pointer(rsp: u64, pointer: u64, size: u64, flags: u64, stack_flags: u32) {
        let stack = AlternateStack { pointer, flags: stack_flags, padding: 0, size };
        let before = Registers { rsp, ..interrupted() };
        if let Ok(frame) = build(&before, &delivery(flags | WITH_RESTORER, stack), GATE_ADDRESS) {
            let (address, bytes) = &frame.pieces[0];
            prop_assert!(address.checked_add(bytes.len()).is_some());
            prop_assert_eq!(address % 16, 8);
            let restored = parse(&after_return(&frame.registers), &mut reader(&frame.pieces));
            prop_assert_eq!(restored.unwrap().registers, before);
        }
    }

    #[test]
    fn any_frame(bytes in prop::collection::vec(any::<u8>(), size_of::<SignalFrame>()), rsp: u64) {
        let mut read = |_: usize, into: &mut [u8]| {
            into.copy_from_slice(&bytes[..into.len()]);
            Ok(())
        };
        if let Ok(restored) = parse(&Registers { rsp, ..interrupted() }, &mut read) {
            let registers = restored.registers;
            prop_assert_eq!(registers.sanitized(), registers);
            prop_assert_eq!(registers.fs_base, interrupted().fs_base);
        }
    }
}
