/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's aarch64 machine `virt`: where its devices are. The physical addresses are the memory map
 * of QEMU's hw/arm/virt.c, which QEMU keeps stable.
 */
#ifndef __PLAT_MACHINE_DEVICES_H
#define __PLAT_MACHINE_DEVICES_H

#define GIC_DISTRIBUTOR_PADDR 0x08000000
#define GIC_CONTROLLER0_PADDR 0x08010000
#define UART_PADDR            0x09000000 /* PL011, 4 KiB */
#define RTC_PADDR             0x09010000 /* PL031, 4 KiB */
#define FW_CFG_PADDR          0x09020000 /* QEMU's firmware configuration, 4 KiB of 16 MiB used */
#define VIRTIO_PADDR          0x0a000000 /* 32 virtio-mmio windows of 512 bytes: 16 KiB */
#define VIRTIO_SIZE_BITS      14

/*
 * What the kernel itself touches is mapped into the last 2 MiB of the address space, the only
 * part for which seL4 5.0.0 has a page table of small pages.
 */
#define UART_PPTR                  0xffffffffffff0000
#define GIC_PL390_DISTRIBUTOR_PPTR 0xffffffffffff3000
#define GIC_PL390_CONTROLLER_PPTR  0xffffffffffff4000

#endif
