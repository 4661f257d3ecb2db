/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's aarch64 machine `virt` for seL4 5.0.0: interrupt numbers.
 *
 * The machine has a GICv2 whose identifiers are 0-15 software generated, 16-31 private to a
 * processor, and 32-287 shared by the devices. seL4 5.0.0 keeps an interrupt number in eight bits
 * of a capability, so 255 is the highest one that can be handed out; every device of the machine
 * lies below it.
 */
#ifndef __PLAT_MACHINE_H
#define __PLAT_MACHINE_H

enum virt_interrupts {
    VIRT_IRQ_VIRTUAL_TIMER = 27, /* the kernel's own tick */
    maxIRQ = 255
};

#define KERNEL_TIMER_IRQ VIRT_IRQ_VIRTUAL_TIMER

/* The interrupt CNode: 2^13 bytes hold the 256 slots of 32 bytes that maxIRQ asks for. */
#define IRQ_CNODE_BITS 13

#include <arch/machine/gic_pl390.h>

#endif
