/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's aarch64 machine `virt`: the kernel's console, a PL011. Debug kernels only; user space
 * drives the same device, so the kernel never changes its settings.
 */
#include <config.h>
#include <stdint.h>
#include <util.h>
#include <machine/io.h>
#include <plat/machine/devices.h>

#define UART_DATA       0x00
#define UART_FLAGS      0x18
#define UART_RX_EMPTY   BIT(4)
#define UART_TX_FULL    BIT(5)

#define UART_REGISTER(offset) (*(volatile uint32_t *)(UART_PPTR + (offset)))

#if defined(CONFIG_DEBUG_BUILD) || defined(CONFIG_PRINTING)
void
putDebugChar(unsigned char c)
{
    while (UART_REGISTER(UART_FLAGS) & UART_TX_FULL);
    UART_REGISTER(UART_DATA) = c;
}
#endif

#ifdef CONFIG_DEBUG_BUILD
unsigned char
getDebugChar(void)
{
    while (UART_REGISTER(UART_FLAGS) & UART_RX_EMPTY);
    return UART_REGISTER(UART_DATA);
}
#endif
