// SPDX-License-Identifier: MIT OR Apache-2.0
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf jump;
static void jumping(int signal) { siglongjmp(jump, signal); }

// The signal that touching an address gives; 0 for none.
static int touch(volatile char *address, int store) {
    int signal = sigsetjmp(jump, 1);
    if (signal) return signal;
    if (store) *address = 1;
    else (void)*address;
    return 0;
}

// Stores to a fresh page with a number in a vector register; the number afterwards. While the page is made, cleared
// and mapped, nobody may lose the register.
static long through_a_fault(char *page, long number) {
    long after;
#ifdef __x86_64__
    __asm__ volatile("movq %1, %%xmm0\n movb $1, (%2)\n movq %%xmm0, %0"
                     : "=&r"(after) : "r"(number), "r"(page) : "xmm0", "memory");
#else
    __asm__ volatile("fmov d0, %1\n strb wzr, [%2]\n fmov %0, d0"
                     : "=&r"(after) : "r"(number), "r"(page) : "v0", "memory");
#endif
    return after;
}

int main(void) {
    struct sigaction action = {.sa_handler = jumping, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    char *area = mmap(0, 8 * 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    HOLDS(area != MAP_FAILED);
    SHOW(touch(area, 1));
    SHOW(mprotect(area + 4096, 4096, PROT_READ));
    SHOW(touch(area + 4096, 1));
    SHOW(touch(area + 4096, 0));
    SHOW(mprotect(area + 4096, 4096, PROT_NONE));
    SHOW(touch(area + 4096, 0));
    SHOW(munmap(area + 2 * 4096, 4096));
    SHOW(touch(area + 2 * 4096, 0));
    SHOW(mprotect(area, 4 * 4096, PROT_READ));
    SHOW(mmap(area + 2 * 4096, 4096, PROT_READ, flags | MAP_FIXED, -1, 0) == area + 2 * 4096);
    SHOW(mmap(area, 4096, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
    SHOW(munmap(area, 8 * 4096));
    SHOW(munmap(area + 1, 4096));
    SHOW(mmap(0, 0, PROT_READ, flags, -1, 0) == MAP_FAILED);
    SHOW(mmap(0, 4096, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED);

    area = mmap(0, 2 * 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    area[0] = 'a';
    area[4096] = 'b';
    char *moved = mremap(area, 2 * 4096, 16 * 4096, MREMAP_MAYMOVE);
    HOLDS(moved != MAP_FAILED && moved[0] == 'a' && moved[4096] == 'b' && moved[15 * 4096] == 0);
    SHOW(madvise(moved, 4096, MADV_DONTNEED));
    SHOW(moved[0]);
    HOLDS(mremap(moved, 16 * 4096, 4096, 0) == moved);
    SHOW(touch(moved + 4096, 0));

    // Twice, so that pages that others had are cleared for these.
    int lost = 0;
    for (int round = 0; round < 2; round++) {
        area = mmap(0, 256 * 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
        for (long page = 0; page < 256; page++)
            lost += through_a_fault(area + page * 4096, page * 0x100000001) != page * 0x100000001;
        munmap(area, 256 * 4096);
    }
    HOLDS(lost == 0);

    char *start = (char *)syscall(SYS_brk, 0);
    HOLDS((char *)syscall(SYS_brk, start + 100000) == start + 100000);
    start[99999] = 'z';
    HOLDS((char *)syscall(SYS_brk, start) == start);
    HOLDS((char *)syscall(SYS_brk, 8) == start);

    // Copies of fork.
    char *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *own = mmap(0, 256 * 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    for (int i = 0; i < 256; i++) own[i * 4096] = i;
    if (!fork()) {
        int good = 1;
        for (int i = 0; i < 256; i++) good &= own[i * 4096] == (char)i;
        for (int i = 0; i < 256; i++) own[i * 4096] = 1;
        shared[0] = good;
        _exit(0);
    }
    wait(NULL);
    SHOW(shared[0]);
    int good = 1;
    for (int i = 0; i < 256; i++) good &= own[i * 4096] == (char)i;
    SHOW(good);

    // Code that is written, executed, changed and executed again.
    unsigned char *code = mmap(0, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    for (int value = 1; value <= 3; value++) {
#ifdef __x86_64__
        unsigned char words[] = {0xb8, value, 0, 0, 0, 0xc3};  // mov $value, %eax; ret
#else
        unsigned words[] = {0x52800000u | value << 5, 0xd65f03c0u};  // mov w0, #value; ret
#endif
        SHOW(mprotect(code, 4096, PROT_READ | PROT_WRITE));
        memcpy(code, words, sizeof words);
        SHOW(mprotect(code, 4096, PROT_READ | PROT_EXEC));
        __builtin___clear_cache((char *)code, (char *)code + 4096);
        SHOW(((int (*)(void))code)());
    }
    // A system call instruction in code that was made at run time.
    SHOW(mprotect(code, 4096, PROT_READ | PROT_WRITE));
#ifdef __x86_64__
    unsigned char call[] = {0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3};  // getpid
#else
    unsigned call[] = {0xd2800000u | 172 << 5 | 8, 0xd4000001u, 0xd65f03c0u};
#endif
    memcpy(code, call, sizeof call);
    SHOW(mprotect(code, 4096, PROT_READ | PROT_EXEC));
    __builtin___clear_cache((char *)code, (char *)code + 4096);
    HOLDS(((int (*)(void))code)() == getpid());
    return 0;
}
