// SPDX-License-Identifier: MIT OR Apache-2.0
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int status_of(pid_t child) {
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "again")) {
        printf("again: %d arguments, last %s, X=%s\n", argc, argv[argc - 1], getenv("X"));
        return 17;
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    SHOW(waitpid(-1, NULL, WNOHANG));
    pid_t child = fork();
    if (!child) _exit(300);
    SHOW(status_of(child));
    if (!(child = fork())) abort();
    SHOW(status_of(child) & 0x7f);
    if (!(child = fork())) {
        *(volatile int *)16 = 1;
        _exit(0);
    }
    SHOW(status_of(child) & 0x7f);
    if (!(child = fork())) {
#ifdef __x86_64__
        __asm__ volatile("ud2");
#else
        __asm__ volatile("udf #0");
#endif
        _exit(0);
    }
    SHOW(status_of(child) & 0x7f);
    if (!(child = fork())) {
        raise(SIGKILL);
        _exit(0);
    }
    SHOW(status_of(child));

    if (!(child = fork())) {
        char *arguments[] = {"self", "again", "last", NULL}, *environment[] = {"X=y", NULL};
        execve("/proc/self/exe", arguments, environment);
        _exit(99);
    }
    SHOW(status_of(child));
    char *none[] = {NULL};
    SHOW(execve("/nothing", none, none));
    SHOW(execve("/", none, none));
    SHOW(execve("/etc/passwd", none, none));

    if (!(child = vfork())) _exit(6);
    SHOW(status_of(child));
    char *spawn_arguments[] = {"self", "again", "spawned", NULL};
    setenv("X", "z", 1);
    // Parent and child print at the same time: the parent is to do so last.
    int spawned = posix_spawn(&child, "/proc/self/exe", NULL, NULL, spawn_arguments, environ);
    int spawned_status = status_of(child);
    SHOW(spawned);
    SHOW(spawned_status);

    // Pipes.
    int ends[2];
    SHOW(pipe(ends));
    if (!(child = fork())) {
        close(ends[0]);
        dup2(ends[1], 1);
        // In one piece, which printf without a buffer need not do.
        write(1, "through the pipe\n", 17);
        _exit(0);
    }
    close(ends[1]);
    char buffer[100];
    ssize_t count = read(ends[0], buffer, sizeof buffer);
    SHOW(count);
    SHOW(read(ends[0], buffer, sizeof buffer));
    status_of(child);
    close(ends[0]);
    SHOW(pipe(ends));
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(ends[1], "x", 1));
    signal(SIGPIPE, SIG_DFL);
    if (!(child = fork())) {
        write(ends[1], "x", 1);
        _exit(0);
    }
    SHOW(status_of(child) & 0x7f);
    close(ends[1]);
    SHOW(pipe2(ends, O_NONBLOCK));
    SHOW(read(ends[0], buffer, 1));
    long filled = 0;
    while ((count = write(ends[1], environ, 1024)) > 0) filled += count;
    SHOW(filled);
    SHOW(write(ends[1], environ, 1));
    struct pollfd polled[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
    SHOW(poll(polled, 2, 0));
    SHOW(polled[0].revents);
    SHOW(polled[1].revents);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval time = {0, 0};
    SHOW(select(ends[0] + 1, &set, NULL, NULL, &time));
    close(ends[0]);
    polled[0].fd = 99;
    SHOW(poll(polled, 2, 0));
    SHOW(polled[0].revents);
    SHOW(polled[1].revents & POLLERR);

    // Groups, sessions, waiting.
    // It ends when it is told to: if it did so at once, its parent might find it ended and not continued.
    int end[2];
    char byte;
    if (pipe(end)) return 1;
    if (!(child = fork())) {
        setpgid(0, 0);
        raise(SIGSTOP);
        _exit(read(end[0], &byte, 1) == 1 ? 4 : 5);
    }
    int status = 0;
    SHOW(waitpid(child, &status, WUNTRACED) == child);
    SHOW(status);
    SHOW(kill(child, SIGCONT));
    SHOW(waitpid(child, &status, WCONTINUED) == child);
    SHOW(status);
    HOLDS(write(end[1], "", 1) == 1);
    close(end[0]);
    close(end[1]);
    SHOW(waitpid(child, &status, 0) == child);
    SHOW(status);
    HOLDS(getpgid(0) == getpgrp());
    SHOW(setpgid(0, 999999));
    SHOW(kill(999999, 0));
    SHOW(getpgid(999999));
    if (!(child = fork())) {
        pid_t session = setsid();
        _exit(session == getpid() && getsid(0) == session && getpgrp() == session && setsid() == -1);
    }
    SHOW(status_of(child));
    siginfo_t info;
    if (!(child = fork())) _exit(9);
    SHOW(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
    HOLDS(info.si_pid == child && info.si_code == CLD_EXITED && info.si_status == 9);
    SHOW(status_of(child));
    SHOW(wait(&status));

    // Limits and identity.
    struct rlimit limit;
    SHOW(getrlimit(RLIMIT_STACK, &limit));
    limit.rlim_cur = 20;
    limit.rlim_max = 20;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    SHOW(dup2(0, 20));
    HOLDS(getuid() == geteuid() && getgid() == getegid());
    int niceness = nice(0);
    HOLDS(nice(5) == niceness + 5);
    struct timespec a, b, nap = {0, 20 * 1000 * 1000};
    clock_gettime(CLOCK_MONOTONIC, &a);
    SHOW(nanosleep(&nap, NULL));
    clock_gettime(CLOCK_MONOTONIC, &b);
    HOLDS((b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec >= nap.tv_nsec);
    SHOW(sched_yield());
    return 0;
}
