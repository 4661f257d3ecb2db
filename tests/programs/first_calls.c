// SPDX-License-Identifier: MIT OR Apache-2.0
// System calls in many pages of code, which are executed for the first time one after the other while others that share the
// program's code make calls all the time: nobody is disturbed by what happens to code at its first execution.
#include "check.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 306, ROUND = 102, BEFORE = 50, CHILDREN = 3 };

// A page for each: getppid(2), and back.
#ifdef __x86_64__
__asm__(".text\n.p2align 12\ncalls:\n.rept 306\n.p2align 12\nmov $110, %eax\nsyscall\nret\n.endr\n.p2align 12\n");
#else
__asm__(".text\n.p2align 12\ncalls:\n.rept 306\n.p2align 12\nmov x8, #173\nsvc #0\nret\n.endr\n.p2align 12\n");
#endif
extern char calls[];

static long call(int page) {
    return ((long (*)(void))(calls + page * 4096))();
}

int main(void) {
    for (int first = 0; first < PAGES; first += ROUND) {
        int page = first;
        int right = 0;
        while (page < first + BEFORE) right += call(page++) == getppid();
        pid_t children[CHILDREN];
        for (int i = 0; i < CHILDREN; i++) {
            children[i] = fork();
            if (!children[i])
                for (;;) call(page - 1);
        }
        while (page < first + ROUND) right += call(page++) == getppid();
        SHOW(right);
        for (int i = 0; i < CHILDREN; i++) {
            int status;
            kill(children[i], SIGKILL);
            HOLDS(waitpid(children[i], &status, 0) == children[i]);
            SHOW(WTERMSIG(status));
        }
    }
    return 0;
}
