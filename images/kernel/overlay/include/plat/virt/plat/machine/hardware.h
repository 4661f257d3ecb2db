/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's aarch64 machine `virt`: memory and the kernel's devices.
 */
#ifndef __PLAT_MACHINE_HARDWARE_H
#define __PLAT_MACHINE_HARDWARE_H

#include <config.h>
#include <basic_types.h>
#include <util.h>
#include <arch/linker.h>
#include <plat/machine.h>
#include <plat/machine/devices.h>

/* The generic timer of the processors that this kernel boots on (CNTFRQ_EL0). */
#define TIMER_CLOCK_HZ 62500000llu

/* Both also stand in linker.lds. RAM begins at physBase. */
#define physBase   0x40000000
#define kernelBase 0xffffff8000000000

/* The highest address of user space. */
#define USER_TOP 0x0000ffffffffffff

static const kernel_frame_t BOOT_RODATA kernel_devices[] = {
    { GIC_CONTROLLER0_PADDR, GIC_PL390_CONTROLLER_PPTR, true /* execute never */ },
    { GIC_DISTRIBUTOR_PADDR, GIC_PL390_DISTRIBUTOR_PPTR, true },
#ifdef CONFIG_PRINTING
    { UART_PADDR, UART_PPTR, true },
#endif
};

/*
 * RAM. Not a constant, unlike on other platforms: the machine has as much RAM as QEMU's -m says.
 * The boot loader finds this symbol in the kernel's ELF file and writes the true end before it
 * enters the kernel; so the compiler must not take the value that it sees for the only one.
 */
extern p_region_t avail_p_regs[1] VISIBLE;

/* Devices for user space. */
static const p_region_t BOOT_RODATA dev_p_regs[] = {
    { UART_PADDR, UART_PADDR + BIT(seL4_PageBits) },
    { RTC_PADDR, RTC_PADDR + BIT(seL4_PageBits) },
    { FW_CFG_PADDR, FW_CFG_PADDR + BIT(seL4_PageBits) },
    { VIRTIO_PADDR, VIRTIO_PADDR + BIT(VIRTIO_SIZE_BITS) },
};

/* The platform reserves no interrupt beside the timer's, so there is nothing to handle. */
static inline void
handleReservedIRQ(irq_t irq)
{
}

#endif
