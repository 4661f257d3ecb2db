// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;
use crate::layout::aarch64::{GATE_ADDRESS, STACK_TOP};
use crate::signal::{Action, Fault, Information};
use proptest::prelude::*;
use unix_abi::linux::general::SA_ONSTACK;

const HANDLER: usize = 0x40_2000;

fn delivery(flags: u64, alternate: AlternateStack) -> Delivery<'static> {
    static INFORMATION: Information = Information::from_sender(10, 42, 1000);
    Delivery {
        information: &INFORMATION,
        action: Action {
            handler: HANDLER,
            flags,
            restorer: 0x40_3000,
        },
        mask: 5,
        alternate,
        fault: None,
    }
}

fn interrupted() -> Registers {
    Registers {
        x: core::array::from_fn(|index| 100 + index as u64),
        sp: STACK_TOP as u64 - 0x1230,
        pc: 0x40_1000,
        pstate: 0x6000_0000,
    }
}

/// Reads out of what was written; what was not written is zero, like fresh memory.
fn reader(pieces: &[Piece]) -> impl FnMut(usize, &mut [u8]) -> Result<(), Errno> {
    |address, into| {
        for (index, byte) in into.iter_mut().enumerate() {
            let at = address + index;
            let inside = |(start, bytes): &&Piece| (*start..start + bytes.len()).contains(&at);
            *byte = pieces
                .iter()
                .find(inside)
                .map_or(0, |(start, bytes)| bytes[at - start]);
        }
        Ok(())
    }
}

#[test]
fn a_handler_finds_what_the_abi_says() {
    let before = interrupted();
    let flags = u64::from(SA_SIGINFO);
    let frame = build(
        &before,
        &delivery(flags, AlternateStack::NONE),
        GATE_ADDRESS,
    )
    .unwrap();
    let Frame {
        pieces, registers, ..
    } = frame;
    let [(address, bytes), (record, link)] = &pieces[..] else {
        panic!("two pieces")
    };
    assert_eq!((registers.sp, address % 16), (*address as u64, 0));
    assert_eq!(
        registers.x[..3],
        [10, *address as u64, *address as u64 + 128]
    );
    assert_eq!(
        (registers.x[16], registers.x[30]),
        (HANDLER as u64, RESTORER as u64)
    );
    assert_eq!(
        registers.pc,
        (GATE_ADDRESS + Routine::SignalEntry.offset()) as u64
    );
    // x29 leads to the interrupted function's frame record.
    assert_eq!(registers.x[29], *record as u64);
    assert_eq!(link[..8], before.x[29].to_le_bytes());
    assert_eq!(link[8..], before.x[30].to_le_bytes());
    assert!(*record >= address + FRAME && record + 16 <= before.sp as usize);
    // The rest is as it was.
    assert_eq!(registers.x[3..16], before.x[3..16]);
    let (frame, rest) = SignalFrame::read_from_prefix(bytes).unwrap();
    assert_eq!(frame.uc.uc_mcontext.regs, before.x);
    assert_eq!(
        (frame.uc.uc_sigmask, frame.uc.uc_mcontext.pc),
        (5, before.pc)
    );
    assert_eq!(rest[..8], [0x01, 0x80, 0x50, 0x46, 0x10, 2, 0, 0]);
    assert_eq!(rest.len(), 528 + 8);
}

#[test]
fn a_fault_has_its_syndrome() {
    let fault = Fault {
        vector: 0,
        code: 0x9200_0047,
        address: 0x10,
    };
    let delivery = Delivery {
        fault: Some(fault),
        ..delivery(0, AlternateStack::NONE)
    };
    let frame = build(&interrupted(), &delivery, GATE_ADDRESS).unwrap();
    assert_eq!(frame.registers.x[1], 101, "no SA_SIGINFO, no pointers");
    let (head, rest) = SignalFrame::read_from_prefix(&frame.pieces[0].1).unwrap();
    assert_eq!(head.uc.uc_mcontext.fault_address, 0x10);
    assert_eq!(
        rest[528..540],
        [1, 0x52, 0x53, 0x45, 16, 0, 0, 0, 0x47, 0, 0, 0x92]
    );
    assert_eq!(rest.len(), 528 + 16 + 8);
    let restored = parse(&frame.registers, &mut reader(&frame.pieces)).unwrap();
    assert_eq!(restored.registers, interrupted());
}

#[test]
fn the_handlers_own_restorer() {
    let delivery = delivery(u64::from(SA_RESTORER), AlternateStack::NONE);
    let frame = build(&interrupted(), &delivery, GATE_ADDRESS).unwrap();
    assert_eq!(frame.registers.x[30], 0x40_3000);
}

#[test]
fn what_was_interrupted_goes_on() {
    let frame = build(
        &interrupted(),
        &delivery(0, AlternateStack::NONE),
        GATE_ADDRESS,
    )
    .unwrap();
    let restored = parse(&frame.registers, &mut reader(&frame.pieces)).unwrap();
    assert_eq!(restored.registers, interrupted());
    assert_eq!(
        (restored.mask, restored.alternate),
        (5, AlternateStack::NONE)
    );
    let at = frame.registers.sp as usize + FLOATING_POINT + 8;
    assert_eq!(restored.floating_point, FloatingPoint::At(at));
}

#[test]
fn the_kernels_state_bits_are_nobodys() {
    let before = Registers {
        pstate: 0x6000_0140,
        ..interrupted()
    };
    let mut frame = build(&before, &delivery(0, AlternateStack::NONE), GATE_ADDRESS).unwrap();
    let at = offset_of!(SignalFrame, uc) + offset_of!(UserContext, uc_mcontext);
    let at = at + offset_of!(SignalContext, pstate);
    assert_eq!(frame.pieces[0].1[at..at + 8], 0x6000_0000u64.to_le_bytes());
    frame.pieces[0].1[at..at + 8].fill(0xff);
    let restored = parse(&frame.registers, &mut reader(&frame.pieces)).unwrap();
    assert_eq!(restored.registers.pstate, 0xf000_0000);
}

#[test]
fn damaged_records() {
    let frame = build(
        &interrupted(),
        &delivery(0, AlternateStack::NONE),
        GATE_ADDRESS,
    )
    .unwrap();
    let with = |changes: &[(usize, u32)]| {
        let mut pieces = frame.pieces.clone();
        pieces[0].1.resize(FRAME, 0);
        for &(offset, value) in changes {
            pieces[0].1[FLOATING_POINT + offset..][..4].copy_from_slice(&value.to_le_bytes());
        }
        parse(&frame.registers, &mut reader(&pieces)).map(|restored| restored.floating_point)
    };
    assert!(with(&[]).is_ok());
    // No FP record, an unknown one, one too small, one not aligned, one beyond the end.
    assert_eq!(with(&[(0, 0), (4, 0)]), Err(Errno::EFAULT));
    assert_eq!(with(&[(0, 0x1234)]), Err(Errno::EFAULT));
    assert_eq!(with(&[(4, 512)]), Err(Errno::EFAULT));
    assert_eq!(with(&[(4, 536)]), Err(Errno::EFAULT));
    assert_eq!(with(&[(4, 8192)]), Err(Errno::EFAULT));
    // A second one, a record without size, no end up to the last byte.
    assert_eq!(
        with(&[(528, FLOATING_POINT_MAGIC), (532, 528)]),
        Err(Errno::EFAULT)
    );
    assert_eq!(with(&[(528, SYNDROME_MAGIC), (532, 0)]), Err(Errno::EFAULT));
    assert_eq!(
        with(&[(528, SYNDROME_MAGIC), (532, 4096 - 528)]),
        Err(Errno::EFAULT)
    );
    // Another record before the end does no harm.
    assert!(with(&[(528, SYNDROME_MAGIC), (532, 16)]).is_ok());
    let odd = Registers {
        sp: frame.registers.sp + 8,
        ..frame.registers
    };
    assert_eq!(parse(&odd, &mut reader(&frame.pieces)), Err(Errno::EFAULT));
}

#[test]
fn alternate_stacks() {
    let stack = AlternateStack {
        pointer: 0x60_0000,
        flags: 0,
        padding: 0,
        size: 0x4000,
    };
    let on_stack = u64::from(SA_ONSTACK);
    let sp = |registers: &Registers, stack: AlternateStack| {
        build(registers, &delivery(on_stack, stack), GATE_ADDRESS).map(|frame| frame.registers.sp)
    };
    let first = sp(&interrupted(), stack).unwrap();
    assert!(first >= 0x60_0000 && first + FRAME as u64 <= 0x60_4000);
    let nested = Registers {
        sp: first,
        ..interrupted()
    };
    let second = sp(&nested, stack).unwrap();
    assert!(second >= 0x60_0000 && second < first);
    let third = Registers {
        sp: second,
        ..interrupted()
    };
    assert!(sp(&third, stack).unwrap() > 0x60_0000);
    let full = Registers {
        sp: 0x60_1000,
        ..interrupted()
    };
    assert_eq!(sp(&full, stack), Err(NoRoom));
    let enough = AlternateStack {
        size: MINIMUM_STACK as u64,
        ..stack
    };
    assert!(sp(&interrupted(), enough).is_ok());
}

proptest! {
    #[test]
    fn any_stack_pointer(sp: u64, pointer: u64, size: u64, flags: u64, stack_flags: u32) {
        let stack = AlternateStack { pointer, flags: stack_flags, padding: 0, size };
        let before = Registers { sp, ..interrupted() };
        if let Ok(frame) = build(&before, &delivery(flags, stack), GATE_ADDRESS) {
            for (address, bytes) in &frame.pieces {
                prop_assert!(address.checked_add(bytes.len()).is_some());
            }
            let restored = parse(&frame.registers, &mut reader(&frame.pieces)).unwrap();
            prop_assert_eq!(restored.registers, before);
        }
    }

    #[test]
    fn any_frame(bytes in prop::collection::vec(any::<u8>(), FRAME), sp: u64) {
        let sp = sp & !15;
        let mut read = |address: usize, into: &mut [u8]| {
            let start = address.wrapping_sub(sp as usize);
            into.copy_from_slice(bytes.get(start..start + into.len()).ok_or(Errno::EFAULT)?);
            Ok(())
        };
        if let Ok(restored) = parse(&Registers { sp, ..interrupted() }, &mut read) {
            prop_assert_eq!(restored.registers.sanitized(), restored.registers);
        }
    }

    #[test]
    fn any_records(records in prop::collection::vec((0usize..6, 0u32..80), 1..40), sp: u32) {
        let sp = usize::try_from(sp).unwrap() & !15;
        let magics = [0, FLOATING_POINT_MAGIC, SYNDROME_MAGIC, EXTRA_MAGIC, 7, FLOATING_POINT_MAGIC];
        let mut bytes = vec![0; FRAME + 0x1000];
        let mut at = FLOATING_POINT;
        for (magic, size) in records {
            let size = if magic == 1 { 528 } else { size * 8 };
            bytes[at..at + 4].copy_from_slice(&magics[magic].to_le_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&size.to_le_bytes());
            at = (at + size as usize).min(FRAME);
        }
        let mut read = |address: usize, into: &mut [u8]| {
            into.copy_from_slice(&bytes[address - sp..][..into.len()]);
            Ok(())
        };
        if let Ok(restored) = parse(&Registers { sp: sp as u64, ..interrupted() }, &mut read) {
            let FloatingPoint::At(found) = restored.floating_point else { panic!() };
            // What the gate will read of it is inside of the frame.
            prop_assert!(found >= sp + FLOATING_POINT && found + 520 <= sp + FRAME);
        }
    }
}
