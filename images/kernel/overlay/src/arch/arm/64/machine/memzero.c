/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clears memory by blocks, with the instruction that the architecture has for it.
 *
 * The kernel's own function, which util.c defines, is compiled under the name memzero_by_words and does what is
 * smaller than a block (64 bytes on the processors that this kernel boots on) or not aligned to one. The instruction
 * is a store, for caches as for everything else; who cleared memory that is to be cleaned still cleans it. It needs memory
 * that is not a device's: all that the kernel clears is RAM, in its window of cached memory.
 */
#include <config.h>
#include <types.h>
#include <util.h>

/* Set where the instruction cannot be used. */
#define DCZID_PROHIBITED BIT(4)

/* How many blocks are cleared in one go. */
#define STRIDE 16

#define CLEAR "dc zva, %[p]\n" "add %[p], %[p], %[block]\n"

void memzero_by_words(void *s, unsigned long n);

/* Cleans memory that was cleared, line by line: with its loop unrolled that takes half the instructions. */
void cleanCacheRange_PoU(vptr_t start, vptr_t end, paddr_t pstart) __attribute__((optimize("unroll-loops")));

void
memzero(void *s, unsigned long n)
{
    word_t p = (word_t)s;
    word_t identification, block;

    asm volatile("mrs %0, dczid_el0" : "=r"(identification));
    block = sizeof(uint32_t) << (identification & MASK(4));
    if ((identification & DCZID_PROHIBITED) || (p & (block - 1))) {
        memzero_by_words(s, n);
        return;
    }
    for (; n >= STRIDE * block; n -= STRIDE * block) {
        asm volatile(
            CLEAR CLEAR CLEAR CLEAR CLEAR CLEAR CLEAR CLEAR
            CLEAR CLEAR CLEAR CLEAR CLEAR CLEAR CLEAR CLEAR
            : [p] "+r"(p) : [block] "r"(block) : "memory");
    }
    for (; n >= block; n -= block) {
        asm volatile(CLEAR : [p] "+r"(p) : [block] "r"(block) : "memory");
    }
    memzero_by_words((void *)p, n);
}
