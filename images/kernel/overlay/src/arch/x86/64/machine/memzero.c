/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clears memory 16 bytes at a time.
 *
 * The kernel's own function, which util.c defines, is compiled under the name memzero_by_words and does what is small
 * or not aligned. Larger pieces are written out of a vector register: half the instructions of clearing word by word.
 *
 * Of user space's state one register is used. It is put back before anything else runs: the kernel is not
 * interrupted here, and all of its memory is mapped. The task switch flag, by which the kernel notices that
 * another thread wants the FPU, is as before, whosever registers the FPU has.
 */
#include <config.h>
#include <types.h>
#include <util.h>
#include <arch/machine/cpu_registers.h>
#include <arch/machine/fpu.h>

/* log2 of the bytes that are cleared in one go. */
#define STRIDE_BITS 9

#define FOUR(offset) \
    "movaps %%xmm0, " #offset "(%[p])\n" "movaps %%xmm0, 16+" #offset "(%[p])\n" \
    "movaps %%xmm0, 32+" #offset "(%[p])\n" "movaps %%xmm0, 48+" #offset "(%[p])\n"

void memzero_by_words(void *s, unsigned long n);

void
memzero(void *s, unsigned long n)
{
    word_t p = (word_t)s;
    word_t strides = n >> STRIDE_BITS;
    uint64_t saved[2];
    bool_t disabled;

    /* At the beginning of a boot vector registers cannot be used yet. */
    if (strides == 0 || !IS_ALIGNED(p, 4) || !(read_cr4() & CR4_OSFXSR)) {
        memzero_by_words(s, n);
        return;
    }
    disabled = !!(read_cr0() & CR0_TASK_SWITCH);
    if (disabled) {
        enableFpu();
    }
    asm volatile(
        "movups %%xmm0, %[saved]\n"
        "xorps %%xmm0, %%xmm0\n"
        "1:\n"
        FOUR(0) FOUR(64) FOUR(128) FOUR(192) FOUR(256) FOUR(320) FOUR(384) FOUR(448)
        "add %[stride], %[p]\n"
        "dec %[strides]\n"
        "jnz 1b\n"
        "movups %[saved], %%xmm0\n"
        : [p] "+r"(p), [strides] "+r"(strides), [saved] "=m"(saved)
        : [stride] "i"(BIT(STRIDE_BITS))
        : "cc", "memory");
    if (disabled) {
        disableFpu();
    }
    memzero_by_words((void *)p, n & MASK(STRIDE_BITS));
}
