// SPDX-License-Identifier: MIT OR Apache-2.0
//! The routines for aarch64.
use crate::context::aarch64::{FPSR, THREAD_POINTER, VECTORS};
use crate::routine::{BLOCK, Routine, TRAP};
use crate::signal::aarch64::{FLOATING_POINT, FloatingPointRecord};
use crate::trap::aarch64::GATE_BREAKPOINT;
use core::mem::offset_of;

/// Where the record in a signal frame has `fpsr` (and `fpcr` behind it).
const FRAME_STATUS: usize = FLOATING_POINT + offset_of!(FloatingPointRecord, fpsr);
/// Where it has the vector registers.
const FRAME_VECTORS: usize = FLOATING_POINT + offset_of!(FloatingPointRecord, vregs);
/// From the first to the second in a record.
const VECTORS_BEHIND_STATUS: usize = FRAME_VECTORS - FRAME_STATUS;
const _: () = assert!(VECTORS == 0 && FRAME_VECTORS < 4096);
const _: () =
    assert!(offset_of!(FloatingPointRecord, fpcr) == offset_of!(FloatingPointRecord, fpsr) + 4);

core::arch::global_asm!(
    ".section .rodata.croft_gate, \"a\", @progbits",
    ".balign 16",
    ".global croft_gate_start",
    "croft_gate_start:",

    // Ends a routine: a trap in its place, and nothing that could run on behind it.
    ".macro croft_gate_trap routine",
    "    b 9f",
    "    .org croft_gate_start + \\routine + {trap}",
    "9:  brk #{breakpoint}",
    ".endm",

    // Does one thing to all vector registers, two by two, from a base register on.
    ".macro croft_gate_vectors what, base",
    "    \\what q0, q1, [\\base]",
    "    \\what q2, q3, [\\base, #32]",
    "    \\what q4, q5, [\\base, #64]",
    "    \\what q6, q7, [\\base, #96]",
    "    \\what q8, q9, [\\base, #128]",
    "    \\what q10, q11, [\\base, #160]",
    "    \\what q12, q13, [\\base, #192]",
    "    \\what q14, q15, [\\base, #224]",
    "    \\what q16, q17, [\\base, #256]",
    "    \\what q18, q19, [\\base, #288]",
    "    \\what q20, q21, [\\base, #320]",
    "    \\what q22, q23, [\\base, #352]",
    "    \\what q24, q25, [\\base, #384]",
    "    \\what q26, q27, [\\base, #416]",
    "    \\what q28, q29, [\\base, #448]",
    "    \\what q30, q31, [\\base, #480]",
    ".endm",

    ".org croft_gate_start + {save}",
    "    croft_gate_vectors stp, x0",
    "    mrs x1, fpsr",
    "    mrs x2, fpcr",
    "    mrs x3, tpidr_el0",
    "    add x0, x0, #{fpsr}",
    "    stp w1, w2, [x0]",
    "    str x3, [x0, #{thread_pointer} - {fpsr}]",
    "    croft_gate_trap {save}",

    ".org croft_gate_start + {restore}",
    "    croft_gate_vectors ldp, x0",
    "    add x0, x0, #{fpsr}",
    "    ldp w1, w2, [x0]",
    "    ldr x3, [x0, #{thread_pointer} - {fpsr}]",
    "    msr fpsr, x1",
    "    msr fpcr, x2",
    "    msr tpidr_el0, x3",
    "    croft_gate_trap {restore}",

    ".org croft_gate_start + {initial}",
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
    "    movi v\\n\\().2d, #0",
    ".endr",
    "    msr fpsr, xzr",
    "    msr fpcr, xzr",
    "    msr tpidr_el0, xzr",
    "    croft_gate_trap {initial}",

    // sp: the frame, x16: the handler. Handlers start with the FP registers as they were.
    ".org croft_gate_start + {entry}",
    "    mrs x17, fpsr",
    "    str w17, [sp, #{frame_status}]",
    "    mrs x17, fpcr",
    "    str w17, [sp, #{frame_status} + 4]",
    "    add x17, sp, #{frame_vectors}",
    "    croft_gate_vectors stp, x17",
    "    br x16",

    // x0: fpsr in the record of a frame.
    ".org croft_gate_start + {finish}",
    "    ldp w1, w2, [x0]",
    "    add x0, x0, #{vectors_behind_status}",
    "    croft_gate_vectors ldp, x0",
    "    msr fpsr, x1",
    "    msr fpcr, x2",
    "    croft_gate_trap {finish}",

    ".global croft_gate_end",
    "croft_gate_end:",
    ".purgem croft_gate_trap",
    ".purgem croft_gate_vectors",
    ".text",
    save = const Routine::SaveState.offset(),
    restore = const Routine::RestoreState.offset(),
    initial = const Routine::InitialState.offset(),
    entry = const Routine::SignalEntry.offset(),
    finish = const Routine::SignalReturn.offset(),
    trap = const TRAP,
    breakpoint = const GATE_BREAKPOINT,
    fpsr = const FPSR,
    thread_pointer = const THREAD_POINTER,
    frame_status = const FRAME_STATUS,
    frame_vectors = const FRAME_VECTORS,
    vectors_behind_status = const VECTORS_BEHIND_STATUS,
);
const _: () = assert!(BLOCK > TRAP);
