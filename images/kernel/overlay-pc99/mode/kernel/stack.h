/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In the place of the kernel's own header of this name: the kernel's stack is aligned to its size.
 *
 * restore_user_context finds the stack's end by rounding the stack pointer to the stack's size, but the
 * stack is only aligned to 16 bytes. When an interrupt is pending right behind another one, the kernel goes
 * on behind its stack and overwrites what is there, the interrupt descriptor table among it.
 */
#ifndef __KERNEL_MODE_STACK_H
#define __KERNEL_MODE_STACK_H
#include <config.h>
#include <util.h>

#define KERNEL_STACK_ALIGNMENT BIT(CONFIG_KERNEL_STACK_BITS)

#endif
