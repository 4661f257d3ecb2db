/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Around the kernel's own header of this name: a page fault tells all of its address.
 *
 * handleVMFault keeps the address that was accessed in a variable of 32 bits. It is read again from its
 * register where the fault message is made.
 */
#ifndef __CROFT_PC99_ARCH_KERNEL_VSPACE_H
#define __CROFT_PC99_ARCH_KERNEL_VSPACE_H
#include_next <arch/kernel/vspace.h>
#include <arch/object/structures.h>
#include <arch/machine.h>

#define seL4_Fault_VMFault_new(address, fsr, instruction) \
    (seL4_Fault_VMFault_new)((word_t)getFaultAddr(), (fsr), (instruction))

#endif
