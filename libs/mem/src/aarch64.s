// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory functions for aarch64, AAPCS64 calling convention.
//
// The pattern throughout: a block shorter than two registers' worth is covered by two accesses
// that may overlap, one from its start and one up to its end. All loads come before all stores,
// so overlapping source and destination need no case of their own up to 128 bytes.

.section .text.croft_mem, "ax", @progbits

// x0 = croft_memmove(x0 = destination, x1 = source, x2 = bytes)
.globl croft_memmove
.type croft_memmove, @function
.p2align 4
croft_memmove:
    add x4, x1, x2          // end of the source
    add x5, x0, x2          // end of the destination
    cmp x2, #16
    b.lo 20f
    cmp x2, #32
    b.hi 10f
    ldr q0, [x1]
    ldr q1, [x4, #-16]
    str q0, [x0]
    str q1, [x5, #-16]
    ret

10: // 33 bytes and more
    cmp x2, #128
    b.hi 30f
    ldp q0, q1, [x1]
    ldp q6, q7, [x4, #-32]
    cmp x2, #64
    b.ls 11f
    ldp q2, q3, [x1, #32]
    ldp q4, q5, [x4, #-64]
    stp q2, q3, [x0, #32]
    stp q4, q5, [x5, #-64]
11:
    stp q0, q1, [x0]
    stp q6, q7, [x5, #-32]
    ret

20: // 0 to 15 bytes
    tbz x2, #3, 21f
    ldr x6, [x1]
    ldr x7, [x4, #-8]
    str x6, [x0]
    str x7, [x5, #-8]
    ret
21:
    tbz x2, #2, 22f
    ldr w6, [x1]
    ldr w7, [x4, #-4]
    str w6, [x0]
    str w7, [x5, #-4]
    ret
22: // 0 to 3 bytes: the first, the middle and the last
    cbz x2, 23f
    lsr x8, x2, #1
    ldrb w6, [x1]
    ldrb w7, [x1, x8]
    ldrb w9, [x4, #-1]
    strb w6, [x0]
    strb w7, [x0, x8]
    strb w9, [x5, #-1]
23:
    ret

30: // 129 bytes and more: blocks of 128, upwards or downwards
    sub x6, x0, x1
    cmp x6, x2
    b.lo 40f
    // Upwards. The last 128 bytes are loaded now, before a store can overwrite them.
    ldp q16, q17, [x4, #-128]
    ldp q18, q19, [x4, #-96]
    ldp q20, q21, [x4, #-64]
    ldp q22, q23, [x4, #-32]
    mov x3, x0
    sub x6, x5, #128
31:
    ldp q0, q1, [x1]
    ldp q2, q3, [x1, #32]
    ldp q4, q5, [x1, #64]
    ldp q6, q7, [x1, #96]
    add x1, x1, #128
    stp q0, q1, [x3]
    stp q2, q3, [x3, #32]
    stp q4, q5, [x3, #64]
    stp q6, q7, [x3, #96]
    add x3, x3, #128
    cmp x3, x6
    b.lo 31b
    stp q16, q17, [x5, #-128]
    stp q18, q19, [x5, #-96]
    stp q20, q21, [x5, #-64]
    stp q22, q23, [x5, #-32]
    ret

40: // Downwards: the destination begins inside the source. The first 128 bytes are loaded now.
    ldp q16, q17, [x1]
    ldp q18, q19, [x1, #32]
    ldp q20, q21, [x1, #64]
    ldp q22, q23, [x1, #96]
    add x6, x0, #128
41: // x4, x5: ends of what is still to do
    ldp q0, q1, [x4, #-128]!
    ldp q2, q3, [x4, #32]
    ldp q4, q5, [x4, #64]
    ldp q6, q7, [x4, #96]
    stp q0, q1, [x5, #-128]!
    stp q2, q3, [x5, #32]
    stp q4, q5, [x5, #64]
    stp q6, q7, [x5, #96]
    cmp x5, x6
    b.hi 41b
    stp q16, q17, [x0]
    stp q18, q19, [x0, #32]
    stp q20, q21, [x0, #64]
    stp q22, q23, [x0, #96]
    ret
.size croft_memmove, . - croft_memmove

// x0 = croft_memset(x0 = destination, w1 = byte, x2 = bytes)
.globl croft_memset
.type croft_memset, @function
.p2align 4
croft_memset:
    dup v0.16b, w1
    add x5, x0, x2          // end
    cmp x2, #16
    b.lo 10f
    cmp x2, #64
    b.hi 20f
    str q0, [x0]
    str q0, [x5, #-16]
    cmp x2, #32
    b.ls 13f
    str q0, [x0, #16]
    str q0, [x5, #-32]
    ret

10: // 0 to 15 bytes
    tbz x2, #3, 11f
    str d0, [x0]
    str d0, [x5, #-8]
    ret
11:
    tbz x2, #2, 12f
    str s0, [x0]
    str s0, [x5, #-4]
    ret
12:
    cbz x2, 13f
    lsr x8, x2, #1
    strb w1, [x0]
    strb w1, [x0, x8]
    strb w1, [x5, #-1]
13:
    ret

20: // 65 bytes and more
    mov x3, x0
    sub x6, x5, #64
    tst w1, #0xff
    b.ne 30f
    cmp x2, #256
    b.lo 30f
    // Zero: whole cache lines at once, if the processor does 64 bytes at a time (DCZID_EL0 = 4;
    // bit 4 says that it must not be used).
    mrs x7, dczid_el0
    cmp x7, #4
    b.ne 30f
    stp q0, q0, [x3]
    stp q0, q0, [x3, #32]
    add x3, x3, #64
    and x3, x3, #-64
    sub x7, x5, #256
    cmp x3, x7
    b.hi 22f
21:
    dc zva, x3
    add x3, x3, #64
    dc zva, x3
    add x3, x3, #64
    dc zva, x3
    add x3, x3, #64
    dc zva, x3
    add x3, x3, #64
    cmp x3, x7
    b.ls 21b
22:
    cmp x3, x6
    b.hs 31f
30: // blocks of 64, the last one up to the end
    stp q0, q0, [x3]
    stp q0, q0, [x3, #32]
    add x3, x3, #64
    cmp x3, x6
    b.lo 30b
31:
    stp q0, q0, [x5, #-64]
    stp q0, q0, [x5, #-32]
    ret
.size croft_memset, . - croft_memset

// w0 = croft_memcmp(x0, x1, x2 = bytes): negative, 0 or positive
.globl croft_memcmp
.type croft_memcmp, @function
.p2align 4
croft_memcmp:
    subs x2, x2, #8
    b.lo 20f
10: // at least 8 bytes left: x2 + 8
    ldr x3, [x0], #8
    ldr x4, [x1], #8
    cmp x3, x4
    b.ne 30f
    subs x2, x2, #8
    b.hs 10b
20: // 0 to 7 bytes left
    adds x2, x2, #8
    b.eq 22f
21:
    ldrb w3, [x0], #1
    ldrb w4, [x1], #1
    cmp w3, w4
    b.ne 31f
    subs x2, x2, #1
    b.ne 21b
22:
    mov w0, #0
    ret
30: // The first byte that differs decides: make it the most significant.
    rev x3, x3
    rev x4, x4
    cmp x3, x4
31:
    cset w0, hi
    csinv w0, w0, wzr, hs
    ret
.size croft_memcmp, . - croft_memcmp

// x0 = croft_strlen(x0): bytes before the first zero
.globl croft_strlen
.type croft_strlen, @function
.p2align 4
croft_strlen:
    mov x1, x0
10:
    ldrb w2, [x0], #1
    cbnz w2, 10b
    sub x0, x0, x1
    sub x0, x0, #1
    ret
.size croft_strlen, . - croft_strlen

.globl croft_never_unwinds
.type croft_never_unwinds, @function
croft_never_unwinds:
    brk #1
.size croft_never_unwinds, . - croft_never_unwinds

.text
