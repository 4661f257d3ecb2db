// SPDX-License-Identifier: MIT OR Apache-2.0
// What operations cost, in guest instructions (with --icount, where the counter counts them).
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
#ifdef __x86_64__
    uint32_t low, high;
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
#else
    uint64_t value;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value * 16;
#endif
}

#define MEASURE(name, count, body)                                                  \
    do {                                                                            \
        for (int i_ = 0; i_ < 2; i_++) { body; }                                    \
        uint64_t start_ = now();                                                    \
        for (int i_ = 0; i_ < (count); i_++) { body; }                              \
        printf("%-40s %10llu\n", name, (unsigned long long)((now() - start_) / (count))); \
        fflush(stdout);                                                             \
    } while (0)

static void handler(int signal) { (void)signal; }

static void spawn(const char *path) {
    pid_t child = fork();
    if (!child) {
        if (path) execl(path, path, (char *)0);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
}

int main(int argc, char **argv) {
    const char *tiny = argc > 1 ? argv[1] : "/bin/tiny";
    char buffer[4096];
    struct stat s;
    struct timespec t;
    MEASURE("getppid", 1000, syscall(SYS_getppid));
    MEASURE("clock_gettime", 1000, clock_gettime(CLOCK_MONOTONIC, &t));
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    MEASURE("read 1 byte of /dev/zero", 1000, read(zero, buffer, 1));
    MEASURE("write 1 byte to /dev/null", 1000, write(null, buffer, 1));
    MEASURE("open + close", 200, close(open("/etc/passwd", O_RDONLY)));
    MEASURE("stat", 200, stat("/etc/passwd", &s));
    MEASURE("fstat", 200, fstat(zero, &s));
    MEASURE("create + unlink", 100, close(open("/tmp/m", O_CREAT | O_RDWR, 0600)); unlink("/tmp/m"));
    int ends[2];
    pipe(ends);
    MEASURE("pipe write + read, one process", 200, write(ends[1], "x", 1); read(ends[0], buffer, 1));
    int back[2];
    pipe(back);
    pid_t child = fork();
    if (!child) {
        while (read(ends[0], buffer, 1) == 1) write(back[1], "x", 1);
        _exit(0);
    }
    MEASURE("pipe round trip, two processes", 200, write(ends[1], "x", 1); read(back[0], buffer, 1));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    MEASURE("mmap + munmap of 4 KiB", 200,
            munmap(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096));
    char *area = mmap(0, 300 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int page = 0;
    MEASURE("page fault, first touch", 200, area[page++ * 4096] = 1);
    signal(SIGUSR1, handler);
    MEASURE("signal to oneself, handler, return", 100, raise(SIGUSR1));
    MEASURE("fork + exit + wait", 30, spawn(0));
    MEASURE("fork + exec + wait (tiny static program)", 30, spawn(tiny));
    return 0;
}
