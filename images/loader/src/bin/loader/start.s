// SPDX-License-Identifier: MIT OR Apache-2.0
// From the machine's reset state to Rust with the MMU and caches on, and from Rust to the kernel.

.section .text.start, "ax", @progbits
.globl _start
_start:
    msr daifset, #0xf
    mrs x0, CurrentEL
    cmp x0, #(3 << 2)
    b.eq secure
    cmp x0, #(2 << 2)
    b.ne 1f

    // EL2 (QEMU with virtualization=on): down to EL1, which gets everything and is 64-bit.
    mov x0, #(1 << 31)
    msr hcr_el2, x0
    mov x0, #3                  // EL1 may use the physical counter and timer
    msr cnthctl_el2, x0
    msr cntvoff_el2, xzr
    mov x0, #0x33ff             // no floating point traps
    msr cptr_el2, x0
    ldr x0, =0x30d00800         // the bits that must be one; all else off
    msr sctlr_el1, x0
    mov x0, #0x3c5              // EL1 with its own stack pointer, interrupts masked
    msr spsr_el2, x0
    adr x0, 1f
    msr elr_el2, x0
    eret

1:  ldr x0, =stack_end
    mov sp, x0
    ldr x0, =vectors
    msr vbar_el1, x0
    mov x0, #(3 << 20)          // CPACR: floating point at EL1 and EL0
    msr cpacr_el1, x0
    mov x0, #0x202              // CNTKCTL: EL0 reads the virtual counter, has the physical timer
    msr cntkctl_el1, x0

    // The kernel sets neither MAIR nor TCR: these are its, too.
    ldr x0, =0xff440c0400       // 0 nGnRnE, 1 nGnRE, 2 GRE, 3 not cached, 4 write-back
    msr mair_el1, x0
    // 48-bit addresses on both sides (T0SZ, T1SZ 16); tables write-back, inner shareable
    // (0x35 << 8, << 24); 4 KiB granules (TG1 2 << 30); 40-bit physical (IPS 2); 16-bit ASIDs.
    ldr x0, =0x12b5103510
    msr tcr_el1, x0
    ldr x0, =identity_level_0
    msr ttbr0_el1, x0
    ldr x0, =kernel_level_0
    msr ttbr1_el1, x0
    dsb ish
    tlbi vmalle1
    ic iallu
    dsb ish
    isb
    // M, C, I; DZE, UCT, UCI: EL0 may use dc zva, CTR_EL0 and cache maintenance; nTWI, nTWE.
    mrs x0, sctlr_el1
    ldr x1, =0x0405d005
    orr x0, x0, x1
    bic x0, x0, #2              // A: no alignment checks
    msr sctlr_el1, x0
    isb

    mov x29, xzr
    mov x30, xzr
    bl load
    b halt

// enter_kernel(x0 = root task's physical start, x1 = end, x2 = physical - virtual, x3 = entry,
//              x4 = the kernel's entry): does not return
.globl enter_kernel
enter_kernel:
    mov x6, x4
    // Newer kernels take a device tree here; there is none to give.
    mov x4, xzr
    mov x5, xzr
    br x6

.globl halt
halt:
    wfi
    b halt

// EL3 (QEMU with secure=on). Nothing is set up: the text goes to the serial port byte by byte, as
// a log line and an exit status for the runner.
secure:
    adr x0, secure_text
    mov x1, #0x09000000
2:  ldrb w2, [x0], #1
    cbz w2, halt
    str w2, [x1]
    b 2b

secure_text:
    .ascii "\x10Leloader: QEMU's secure=on is not supported: boot without it\x10."
    .asciz "\x10X125\x10."

// Every exception is a fault of the loader's: say where and stop.
.p2align 11
vectors:
.rept 16
    .p2align 7
    mrs x0, esr_el1
    mrs x1, elr_el1
    mrs x2, far_el1
    ldr x3, =stack_end
    mov sp, x3
    bl exception
    b halt
.endr

.ltorg

// Translation tables. Identity: the first GiB is devices, the second is memory. Each level 1 entry
// maps 1 GiB; bits: 0 valid, 1 table, 2-4 memory type of MAIR, 8-9 inner shareable, 10 accessed,
// 53 and 54 never execute.
.section .data.tables, "aw", @progbits
.p2align 12
identity_level_0:
    .quad identity_level_1 + 3
    .fill 511, 8, 0
identity_level_1:
    .quad 0x00000000 | (3 << 53) | (1 << 10) | (0 << 2) | 1
    .quad 0x40000000 | (1 << 10) | (3 << 8) | (4 << 2) | 1
    .fill 510, 8, 0

// The kernel's half is filled in when its addresses are known (tables.rs).
.section .bss.aligned, "aw", @nobits
.p2align 12
.globl kernel_level_0
kernel_level_0:
    .skip 4096
.globl kernel_level_1
kernel_level_1:
    .skip 4096
    .skip 16384
stack_end:
