// SPDX-License-Identifier: MIT OR Apache-2.0
//! aarch64: the state is laid out like a context slot.
use super::State;
use std::ops::Range;
use unix_gate::context::Context;
use unix_gate::context::aarch64::{FPCR, FPSR, THREAD_POINTER};
use unix_gate::registers::aarch64::Registers;
use unix_gate::signal::aarch64::{FLOATING_POINT, FloatingPointRecord, build, parse};
use unix_gate::signal::{Action, AlternateStack, Delivery, FloatingPoint, Information};

pub const STATE_SIZE: usize = Context::SIZE;
/// `brk #0xc0f8`, and `ret`.
pub const TRAP_AND_RETURN: ([u8; 4], [u8; 4]) =
    ([0x00, 0x1f, 0x38, 0xd4], [0xc0, 0x03, 0x5f, 0xd6]);

core::arch::global_asm!(
    ".macro gate_test_vectors what, base",
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "    \\what q\\n, [\\base, #16 * \\n]",
    ".endr",
    ".endm",
    // Loads everything from x2; x9 is free.
    ".macro gate_test_load",
    "    gate_test_vectors ldr, x2",
    "    ldr w9, [x2, #512]",
    "    msr fpsr, x9",
    "    ldr w9, [x2, #516]",
    "    msr fpcr, x9",
    "    ldr x9, [x2, #520]",
    "    msr tpidr_el0, x9",
    ".endm",
    // Stores everything to x19, then gives the thread pointer and d8–d15 back to their owner.
    ".macro gate_test_store",
    "    gate_test_vectors str, x19",
    "    mrs x9, fpsr",
    "    str w9, [x19, #512]",
    "    mrs x9, fpcr",
    "    str w9, [x19, #516]",
    "    mrs x9, tpidr_el0",
    "    str x9, [x19, #520]",
    "    msr tpidr_el0, x20",
    "    msr fpcr, xzr",
    "    ldp d8, d9, [sp, #48]",
    "    ldp d10, d11, [sp, #64]",
    "    ldp d12, d13, [sp, #80]",
    "    ldp d14, d15, [sp, #96]",
    "    ldp x19, x20, [sp, #16]",
    "    ldr x21, [sp, #32]",
    "    ldp x29, x30, [sp], #112",
    "    ret",
    ".endm",
    ".macro gate_test_keep",
    "    stp x29, x30, [sp, #-112]!",
    "    stp x19, x20, [sp, #16]",
    "    str x21, [sp, #32]",
    "    stp d8, d9, [sp, #48]",
    "    stp d10, d11, [sp, #64]",
    "    stp d12, d13, [sp, #80]",
    "    stp d14, d15, [sp, #96]",
    "    mov x19, x3",
    "    mrs x20, tpidr_el0",
    "    mov x21, sp",
    ".endm",
    ".global gate_test_call",
    "gate_test_call:",
    "    gate_test_keep",
    "    gate_test_load",
    "    mov x9, x0",
    "    mov x0, x1",
    "    blr x9",
    "    gate_test_store",
    ".global gate_test_enter",
    "gate_test_enter:",
    "    gate_test_keep",
    "    gate_test_load",
    "    mov sp, x1",
    "    adr x16, 2f",
    "    br x0",
    "2:  mov x0, sp",
    "    mov sp, x21",
    "    gate_test_store",
);

/// Values that tell their register; rounding upwards and a sticky bit as no program starts with.
pub fn example(seed: u8) -> State {
    let mut state = reset();
    for (index, byte) in state.0[..FPSR].iter_mut().enumerate() {
        *byte = seed.wrapping_mul(31).wrapping_add((index * 7) as u8);
    }
    state.0[FPSR..FPCR].copy_from_slice(&(1u32 << (seed % 5)).to_le_bytes());
    state.0[FPCR..FPCR + 4].copy_from_slice(&(u32::from(seed % 4) << 22).to_le_bytes());
    state.0[THREAD_POINTER..].copy_from_slice(&(0x1000 * u64::from(seed)).to_le_bytes());
    state
}

/// Everything is zero.
pub fn reset() -> State {
    State([0; STATE_SIZE])
}

pub fn same(one: &State, other: &State) -> bool {
    one == other
}

/// Handlers start with the FP registers as they were.
pub fn handler_state(interrupted: &State) -> State {
    interrupted.clone()
}

/// The FP registers come back; the thread pointer is not in the frame.
pub fn returned_state(interrupted: &State, before_return: &State) -> State {
    let mut state = interrupted.clone();
    state.0[THREAD_POINTER..].copy_from_slice(&before_return.0[THREAD_POINTER..]);
    state
}

/// Lets `build` make a frame below `top` and writes it. Gives the frame's address and what `parse`
/// says of its FP part.
pub fn write_frame(stack: &mut [u8], top: u64) -> (u64, u64) {
    let base = stack.as_ptr() as usize;
    let registers = Registers {
        sp: top,
        ..Registers::default()
    };
    let delivery = Delivery {
        information: &Information::from_sender(10, 1, 0),
        action: Action {
            handler: 0x1234,
            flags: 0,
            restorer: 0,
        },
        mask: 0,
        alternate: AlternateStack::NONE,
        fault: None,
    };
    let frame = build(&registers, &delivery, 0).unwrap();
    for (address, bytes) in &frame.pieces {
        stack[address - base..][..bytes.len()].copy_from_slice(bytes);
    }
    let mut read = |address: usize, into: &mut [u8]| {
        into.copy_from_slice(&stack[address - base..][..into.len()]);
        Ok(())
    };
    let restored = parse(&frame.registers, &mut read).unwrap();
    let FloatingPoint::At(floating_point) = restored.floating_point else {
        panic!("the frame has no FP part")
    };
    (frame.registers.sp, floating_point as u64)
}

/// Which bytes of the stack the routine may write: the FP record behind its head.
pub fn frame_part(frame: u64, base: u64) -> Range<usize> {
    let start = frame as usize - base as usize + FLOATING_POINT;
    start + 8..start + size_of::<FloatingPointRecord>()
}

/// Makes the instruction cache see what was written to a page.
///
/// # Safety
/// The page has to be mapped.
pub unsafe fn synchronize_code(address: usize) {
    for line in (address..address + unix_gate::layout::PAGE_SIZE).step_by(16) {
        // SAFETY: cache maintenance by address of mapped memory changes nothing that a program sees.
        unsafe { core::arch::asm!("dc cvau, {0}", "dsb ish", "ic ivau, {0}", in(reg) line) };
    }
    // SAFETY: barriers only.
    unsafe { core::arch::asm!("dsb ish", "isb") };
}
