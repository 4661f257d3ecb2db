// SPDX-License-Identifier: MIT OR Apache-2.0
// A program that wants to do harm. Each attempt is made by a child of its own; whatever becomes of the child,
// the world has to go on. Prints how many attempts were made, and checks that the parent is unharmed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int attempts, died;

// Runs something in a child that is ended after a second if it does not end by itself.
static void attempt(void (*what)(long), long argument) {
    attempts++;
    pid_t child = fork();
    if (!child) {
        setpgid(0, 0);
        // What it writes by chance is not what is looked at.
        int null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++) dup2(null, fd);
        alarm(1);
        what(argument);
        _exit(0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) {}
    if (WIFSIGNALED(status)) died++;
    kill(-child, SIGKILL);
}

static const unsigned long wild[] = {
    0, 1, 8, 4095, 4096, 0x10000, 0x7fffffffUL, 0x80000000UL, 0xffffffffUL, 0x7fffffff0000UL, 0x7ffffffff000UL,
    0x800000000000UL, 0x8000000000000000UL, 0xffff800000000000UL, ~0UL - 4096, ~0UL - 1, ~0UL,
};
#define WILD (sizeof wild / sizeof *wild)

static unsigned long seed = 88172645463325252UL;
static unsigned long next(void) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

// One system call with wild arguments, many times. Those that would only end or hide the child are left out.
static void wild_arguments(long number) {
    static char page[4096] __attribute__((aligned(4096)));
    static const long left_out[] = {SYS_exit, SYS_exit_group, SYS_reboot, SYS_kill, SYS_tkill, SYS_tgkill,
                                    SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_clone, SYS_clone3,
#ifdef __x86_64__
                                    SYS_fork, SYS_vfork,
#endif
    };
    for (unsigned i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (number == left_out[i]) return;
    seed += number * 0x9e3779b97f4a7c15UL;
    for (int round = 0; round < 40; round++) {
        unsigned long a[6];
        for (int i = 0; i < 6; i++) {
            unsigned long value = next();
            a[i] = value % 4 == 0 ? (unsigned long)page + value / 8 % 4096 : wild[value / 8 % WILD];
            if (value % 4 == 1) a[i] = value / 8 % 8;
        }
        syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
}

// seL4's own system calls with a sweep of capability addresses and forged message labels.
static void raw_call(long which) {
    long number = -1 - which % 10;
    unsigned long address = which / 10 % 40;
    unsigned long label = which / 400 % 8;
    if (address > 32) address = 1UL << (address - 1);
    unsigned long info = label << 12 | 19;
#ifdef __x86_64__
    unsigned char code[] = {0x0f, 0x05, 0xc3};
    unsigned char *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, code, sizeof code);
    __asm__ volatile("mov %4, %%r10; mov $16, %%r8; mov $3, %%r9; mov $4, %%r15; call *%3"
                     :
                     : "d"(number), "D"(address), "S"(info), "r"(page), "r"(0x400000UL)
                     : "rcx", "r8", "r9", "r10", "r11", "r15", "rax", "memory");
#else
    register unsigned long x0 __asm__("x0") = address;
    register unsigned long x1 __asm__("x1") = info;
    register unsigned long x2 __asm__("x2") = 0x400000;
    register long x7 __asm__("x7") = number;
    register long x8 __asm__("x8") = SYS_getpid;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x7), "r"(x8) : "memory");
    if (x0 != (unsigned long)getpid()) _exit(1);
    // One that the rewriter has not seen before: made at run time.
    unsigned *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = 0xd4000001;
    page[1] = 0xd65f03c0;
    __builtin___clear_cache((char *)page, (char *)page + 8);
    register unsigned long y0 __asm__("x0") = address;
    register long y7 __asm__("x7") = number;
    register long y8 __asm__("x8") = -number;
    __asm__ volatile("blr %3" : "+r"(y0) : "r"(y7), "r"(y8), "r"(page) : "x30", "memory");
#endif
}

// Jumps and stores where nothing of the program's is, the gate's pages included.
static void wild_jump(long which) {
    ((void (*)(void))wild[which % WILD])();
}

static void gate(long which) {
#ifdef __x86_64__
    unsigned long start = 0x7fffffff0000;
#else
    unsigned long start = 0xffffffff0000;
#endif
    if (which % 2) *(volatile char *)(start + which * 64) = 1;
    ((void (*)(void))(start + which * 4))();
}

int main(void) {
    for (long number = 0; number < 460; number++) attempt(wild_arguments, number);
    printf("wild arguments: %s\n", attempts == 460 ? "done" : "NOT done");
    for (long which = 0; which < 3200; which += 7) attempt(raw_call, which);
    printf("raw calls: done\n");
    for (long which = 0; which < (long)WILD; which++) attempt(wild_jump, which);
    for (long which = 0; which < 400; which += 9) attempt(gate, which);
    printf("wild jumps: done\n");
    // Everything still works.
    pid_t child = fork();
    if (!child) _exit(11);
    int status = 0;
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    fprintf(stderr, "%d attempts, %d children died by a signal\n", attempts, died);
    return 0;
}
