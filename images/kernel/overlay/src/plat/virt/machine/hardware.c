/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's aarch64 machine `virt`: timer, RAM, and the outer cache that it does not have.
 */
#include <config.h>
#include <types.h>
#include <arch/machine.h>
#include <arch/linker.h>
#include <mode/machine/timer.h>
#include <plat/machine/hardware.h>

/*
 * The end is what a machine is sure to have; the boot loader replaces it (see hardware.h).
 * Writable data, so that the compiler cannot fold the value into the code.
 */
p_region_t avail_p_regs[1] BOOT_DATA = {
    { .start = physBase, .end = physBase + BIT(26) }
};

void
resetTimer(void)
{
    resetGenericTimer();
}

BOOT_CODE void
initTimer(void)
{
    initGenericTimer();
}

BOOT_CODE void
initL2Cache(void)
{
}

void
plat_cleanL2Range(paddr_t start, paddr_t end)
{
}

void
plat_invalidateL2Range(paddr_t start, paddr_t end)
{
}

void
plat_cleanInvalidateL2Range(paddr_t start, paddr_t end)
{
}

void
plat_cleanInvalidateCache(void)
{
}
