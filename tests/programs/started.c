// SPDX-License-Identifier: MIT OR Apache-2.0
// Guest instructions from power-on to here, with --icount: the cost of the whole boot, firmware included.
#include <stdint.h>
#include <stdio.h>

int main(void) {
#ifdef __x86_64__
    uint32_t low, high;
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    uint64_t value = (uint64_t)high << 32 | low;
#else
    uint64_t value;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(value)::"memory");
    value *= 16;
#endif
    printf("%llu\n", (unsigned long long)value);
    return 0;
}
