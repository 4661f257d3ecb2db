// SPDX-License-Identifier: MIT OR Apache-2.0
// Ends by the fault that its argument names.
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void overflow(volatile char *above) {
    volatile char here[4096];
    here[0] = *above;
    overflow(here);
    here[1] = 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    volatile uintptr_t address = 16;
    if (!strcmp(what, "load")) return *(volatile char *)address;
    if (!strcmp(what, "store")) *(volatile char *)address = 1;
    if (!strcmp(what, "text")) *(volatile char *)(uintptr_t)main = 1;
    if (!strcmp(what, "jump")) ((void (*)(void))address)();
    if (!strcmp(what, "kernel")) return *(volatile char *)(address | (uintptr_t)1 << 63);
    if (!strcmp(what, "stack")) overflow(what);
    if (!strcmp(what, "instruction")) {
#ifdef __x86_64__
        __asm__ volatile("ud2");
#else
        __asm__ volatile("udf #0");
#endif
    }
    if (!strcmp(what, "divide")) {
#ifdef __x86_64__
        __asm__ volatile("divl %0" : : "r"(0), "a"(1), "d"(0));
#else
        // The processor's own division by zero is no exception.
        raise(SIGFPE);
#endif
    }
    if (!strcmp(what, "breakpoint")) {
#ifdef __x86_64__
        __asm__ volatile("int3");
#else
        __asm__ volatile("brk #0");
#endif
    }
    if (!strcmp(what, "privileged")) {
#ifdef __x86_64__
        __asm__ volatile("hlt");
#else
        __asm__ volatile("msr daifset, #2");
#endif
    }
    if (!strcmp(what, "abort")) abort();
    return 1;
}
