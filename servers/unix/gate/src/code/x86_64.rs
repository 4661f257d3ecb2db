// SPDX-License-Identifier: MIT OR Apache-2.0
//! The routines for x86_64.
use crate::routine::{BLOCK, Routine, TRAP};
use crate::signal::x86_64::FLOATING_POINT;
use crate::trap::x86_64::GATE_VECTOR;

/// Where the image of reset FP registers is in the page: behind all blocks, aligned to 16.
const RESET: usize = 8 * BLOCK;
const _: () = assert!(Routine::ALL.len() * BLOCK <= RESET);

core::arch::global_asm!(
    ".section .rodata.croft_gate, \"a\", @progbits",
    ".balign 16",
    ".global croft_gate_start",
    "croft_gate_start:",

    // Ends a routine: a trap in its place, and nothing that could run on behind it.
    ".macro croft_gate_trap routine",
    "    jmp 9f",
    "    .org croft_gate_start + \\routine + {trap}, 0xcc",
    "9:  int {vector}",
    "    ud2",
    ".endm",

    ".org croft_gate_start + {save}, 0xcc",
    "    fxsave64 [rdi]",
    "    croft_gate_trap {save}",

    ".org croft_gate_start + {restore}, 0xcc",
    "    fxrstor64 [rdi]",
    "    croft_gate_trap {restore}",

    ".org croft_gate_start + {initial}, 0xcc",
    "    fxrstor64 [rip + croft_gate_reset]",
    "    croft_gate_trap {initial}",

    // rsp: the frame, r11: the handler. Linux, too, resets the FP registers for a handler.
    ".org croft_gate_start + {entry}, 0xcc",
    "    mov rcx, [rsp + {floating_point}]",
    "    fxsave64 [rcx]",
    "    fxrstor64 [rip + croft_gate_reset]",
    "    jmp r11",

    ".org croft_gate_start + {finish}, 0xcc",
    "    fxrstor64 [rdi]",
    "    croft_gate_trap {finish}",

    // What FNINIT and a reset leave: x87 with all exceptions masked, the same for SSE.
    ".org croft_gate_start + {reset}, 0xcc",
    "croft_gate_reset:",
    "    .short 0x37f",
    "    .fill 22, 1, 0",
    "    .long 0x1f80",
    "    .fill 484, 1, 0",
    ".global croft_gate_end",
    "croft_gate_end:",
    ".purgem croft_gate_trap",
    ".text",
    save = const Routine::SaveState.offset(),
    restore = const Routine::RestoreState.offset(),
    initial = const Routine::InitialState.offset(),
    entry = const Routine::SignalEntry.offset(),
    finish = const Routine::SignalReturn.offset(),
    trap = const TRAP,
    vector = const GATE_VECTOR,
    floating_point = const FLOATING_POINT,
    reset = const RESET,
);
