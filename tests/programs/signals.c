// SPDX-License-Identifier: MIT OR Apache-2.0
#include "check.h"
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int seen[65], order[8], orders;
static volatile siginfo_t last;
static volatile double garbage;

static void plain(int signal) {
    seen[signal]++;
    if (orders < 8) order[orders++] = signal;
    // Spoils the FP registers and the rounding mode: the interrupted code must not notice.
    fesetround(FE_UPWARD);
    for (int i = 0; i < 100; i++) garbage = garbage * 1.1 + i;
}

static void detailed(int signal, siginfo_t *info, void *context) {
    (void)context;
    seen[signal]++;
    last = *info;
}

static sigjmp_buf jump;
static void jumping(int signal) { siglongjmp(jump, signal); }

static int on_stack;
static char *other_stack;
static void where(int signal) {
    char here;
    (void)signal;
    on_stack = &here >= other_stack && &here < other_stack + 65536;
}

static void catch(int signal, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(signal, &action, NULL);
}

static __thread int thread_local = 42;

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    catch(SIGUSR1, plain, 0);
    double sum = 0;
    for (int i = 1; i <= 1000; i++) {
        sum += 1.0 / i;
        if (i == 500) raise(SIGUSR1);
    }
    printf("%.15f %d %d\n", sum, seen[SIGUSR1], fegetround() == FE_TONEAREST);

    // Masks and pending signals.
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    catch(SIGUSR2, plain, 0);
    SHOW(sigprocmask(SIG_BLOCK, &set, &old));
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR1);
    SHOW(seen[SIGUSR1]);
    sigset_t pending;
    SHOW(sigpending(&pending));
    SHOW(sigismember(&pending, SIGUSR1) + sigismember(&pending, SIGUSR2));
    orders = 0;
    SHOW(sigprocmask(SIG_SETMASK, &old, NULL));
    printf("%d %d %d\n", seen[SIGUSR1], order[0], order[1]);

    // Queued signals with values.
    struct sigaction action = {.sa_sigaction = detailed, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &action, NULL);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, &old);
    for (int i = 0; i < 3; i++) sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
    siginfo_t info;
    SHOW(sigwaitinfo(&set, &info) - SIGRTMIN);
    SHOW(info.si_value.sival_int);
    sigprocmask(SIG_SETMASK, &old, NULL);
    SHOW(seen[SIGRTMIN]);
    SHOW(last.si_value.sival_int);
    HOLDS(last.si_pid == getpid() && last.si_code == SI_QUEUE);

    // Faults.
    sigaction(SIGSEGV, &action, NULL);
    catch(SIGSEGV, jumping, SA_NODEFER);
    if (!sigsetjmp(jump, 1)) *(volatile char *)64 = 1;
    else printf("jumped out of a fault\n");
    char *page = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!sigsetjmp(jump, 1)) *page = 1;
    else printf("jumped out of a refused write\n");

    // The alternate stack.
    other_stack = malloc(65536);
    stack_t stack = {.ss_sp = other_stack, .ss_size = 65536};
    SHOW(sigaltstack(&stack, NULL));
    catch(SIGUSR1, where, SA_ONSTACK);
    raise(SIGUSR1);
    SHOW(on_stack);
    catch(SIGUSR1, where, 0);
    raise(SIGUSR1);
    SHOW(on_stack);

    // One shot.
    catch(SIGUSR2, plain, SA_RESETHAND);
    raise(SIGUSR2);
    struct sigaction now;
    sigaction(SIGUSR2, NULL, &now);
    HOLDS(now.sa_handler == SIG_DFL);

    // Interrupted and restarted calls.
    int ends[2];
    char byte;
    pipe(ends);
    catch(SIGALRM, plain, 0);
    struct itimerval timer = {{0, 0}, {0, 10000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    SHOW(read(ends[0], &byte, 1));
    catch(SIGALRM, plain, SA_RESTART);
    pid_t child = fork();
    if (!child) {
        usleep(100000);
        write(ends[1], "x", 1);
        _exit(0);
    }
    setitimer(ITIMER_REAL, &timer, NULL);
    SHOW(read(ends[0], &byte, 1));
    SHOW(seen[SIGALRM]);
    wait(NULL);
    struct timespec nap = {1, 0}, left = {0, 0};
    setitimer(ITIMER_REAL, &timer, NULL);
    SHOW(nanosleep(&nap, &left));
    HOLDS(left.tv_sec == 0 && left.tv_nsec > 0);
    sigset_t none;
    sigemptyset(&none);
    setitimer(ITIMER_REAL, &timer, NULL);
    SHOW(sigsuspend(&none));

    // Children.
    sigaction(SIGCHLD, &action, NULL);
    if (!(child = fork())) _exit(3);
    while (!seen[SIGCHLD]) usleep(1000);
    HOLDS(last.si_pid == child && last.si_code == CLD_EXITED && last.si_status == 3);
    SHOW(wait(NULL) == child);
    signal(SIGCHLD, SIG_IGN);
    if (!(child = fork())) _exit(3);
    SHOW(wait(NULL));

    // What fork keeps.
    thread_local = 43;
    fesetround(FE_DOWNWARD);
    signal(SIGCHLD, SIG_DFL);
    if (!(child = fork())) _exit(thread_local == 43 && fegetround() == FE_DOWNWARD ? 0 : 1);
    int status;
    waitpid(child, &status, 0);
    SHOW(status);
    HOLDS(fegetround() == FE_DOWNWARD);
    return 0;
}
