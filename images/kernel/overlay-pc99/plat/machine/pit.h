/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PC as QEMU emulates it: how long the kernel measures its timers at boot. This header is found
 * before the kernel's own of the same name; it differs in the one number.
 *
 * At boot the kernel waits for four wraparounds of the PIT in a busy loop: one each to get in step
 * and one each to measure the local APIC's timer (its tick) and the time stamp counter (a hint in
 * the boot information). Hardware needs its 50 ms for precision. In QEMU all three count the same
 * clock exactly, and 200 ms of waiting would be most of the time and of the instructions that a
 * boot takes. What is lost: on a host that stalls in this moment the tick can come out longer, so
 * nothing should take the boot information's frequency for exact.
 */
#ifndef __PLAT_MACHINE_PIT_H
#define __PLAT_MACHINE_PIT_H

#define PIT_WRAPAROUND_MS 5

void pit_init(void);
void pit_wait_wraparound(void);

#endif
