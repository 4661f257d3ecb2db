// SPDX-License-Identifier: MIT OR Apache-2.0
//! x86_64: the state is an FXSAVE area.
use super::State;
use std::ops::Range;
use unix_gate::context::x86_64::FXSAVE_SIZE;
use unix_gate::registers::x86_64::Registers;
use unix_gate::signal::x86_64::{FLOATING_POINT, build};
use unix_gate::signal::{Action, AlternateStack, Delivery, Information};

pub const STATE_SIZE: usize = FXSAVE_SIZE;
/// `int 0xC1; ud2`, and `ret` with three `int3`.
pub const TRAP_AND_RETURN: ([u8; 4], [u8; 4]) =
    ([0xcd, 0xc1, 0x0f, 0x0b], [0xc3, 0xcc, 0xcc, 0xcc]);

/// FCW, the x87 tags, MXCSR, the x87 registers and the vector registers.
const PARTS: [Range<usize>; 4] = [0..2, 4..5, 24..28, 32..416];

core::arch::global_asm!(
    ".global gate_test_call",
    "gate_test_call:",
    "    push rbx",
    "    sub rsp, 16",
    "    stmxcsr [rsp]",
    "    fnstcw [rsp + 8]",
    "    mov rbx, rcx",
    "    mov rax, rdi",
    "    mov rdi, rsi",
    "    fxrstor64 [rdx]",
    "    call rax",
    "    fxsave64 [rbx]",
    "    fninit",
    "    fldcw [rsp + 8]",
    "    ldmxcsr [rsp]",
    "    add rsp, 16",
    "    pop rbx",
    "    ret",
    ".global gate_test_enter",
    "gate_test_enter:",
    "    push rbx",
    "    push rbp",
    "    sub rsp, 16",
    "    stmxcsr [rsp]",
    "    fnstcw [rsp + 8]",
    "    mov rbx, rcx",
    "    mov rbp, rsp",
    "    mov rsp, rsi",
    "    lea r11, [rip + 2f]",
    "    fxrstor64 [rdx]",
    "    jmp rdi",
    "2:  mov rax, rsp",
    "    mov rsp, rbp",
    "    fxsave64 [rbx]",
    "    fninit",
    "    fldcw [rsp + 8]",
    "    ldmxcsr [rsp]",
    "    add rsp, 16",
    "    pop rbp",
    "    pop rbx",
    "    ret",
);

/// Values that tell their register; rounding and precision as no program starts with.
pub fn example(seed: u8) -> State {
    let mut state = reset();
    state.0[0..2].copy_from_slice(&0x0e7fu16.to_le_bytes());
    state.0[4] = 0xff;
    state.0[24..28].copy_from_slice(&0x5f80u32.to_le_bytes());
    for register in 0..8 {
        // A number of 80 bits each, in 16 bytes.
        let place = &mut state.0[32 + register * 16..][..10];
        place.copy_from_slice(&[
            seed,
            register as u8,
            3,
            4,
            5,
            6,
            7,
            0x80,
            register as u8,
            0x40,
        ]);
    }
    for (index, byte) in state.0[160..416].iter_mut().enumerate() {
        *byte = seed.wrapping_mul(31).wrapping_add(index as u8);
    }
    state
}

/// What FNINIT and LDMXCSR with the default leave.
pub fn reset() -> State {
    let mut state = State([0; STATE_SIZE]);
    state.0[0..2].copy_from_slice(&0x37fu16.to_le_bytes());
    state.0[24..28].copy_from_slice(&0x1f80u32.to_le_bytes());
    state
}

pub fn same(one: &State, other: &State) -> bool {
    PARTS
        .into_iter()
        .all(|part| one.0[part.clone()] == other.0[part])
}

/// Handlers start with reset FP registers.
pub fn handler_state(_interrupted: &State) -> State {
    reset()
}

/// All of the state comes back.
pub fn returned_state(interrupted: &State, _before_return: &State) -> State {
    interrupted.clone()
}

/// Lets `build` make a frame below `top` and writes it. Gives the frame's address and where its FP
/// part is.
pub fn write_frame(stack: &mut [u8], top: u64) -> (u64, u64) {
    let base = stack.as_ptr() as usize;
    let registers = Registers {
        rsp: top,
        ..Registers::default()
    };
    let delivery = Delivery {
        information: &Information::from_sender(10, 1, 0),
        action: Action {
            handler: 0x1234,
            flags: 0x0400_0000,
            restorer: 0x5678,
        },
        mask: 0,
        alternate: AlternateStack::NONE,
        fault: None,
    };
    let frame = build(&registers, &delivery, 0).unwrap();
    for (address, bytes) in &frame.pieces {
        stack[address - base..][..bytes.len()].copy_from_slice(bytes);
    }
    let address = frame.registers.rsp;
    let pointer = address as usize - base + FLOATING_POINT;
    let floating_point = u64::from_le_bytes(stack[pointer..][..8].try_into().unwrap());
    (address, floating_point)
}

/// Which bytes of the stack the routine may write: the FXSAVE area up to what is for software.
pub fn frame_part(frame: u64, base: u64) -> Range<usize> {
    // 440 bytes of frame end 8 bytes above a multiple of 16; the area is the next multiple of 64.
    let start = (frame + 440).next_multiple_of(64) - base;
    start as usize..start as usize + 464
}

/// Nothing has to be done before written bytes are executed.
pub unsafe fn synchronize_code(_address: usize) {}
