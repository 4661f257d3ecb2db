// SPDX-License-Identifier: MIT OR Apache-2.0
// Programs that print what a system call gives. The same binary runs on Linux, and what it prints there is
// what it has to print here; so they print nothing that depends on the machine, the time or the process number.
#ifndef CHECK_H
#define CHECK_H
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Prints an expression with its value, or with the error that it set if it is -1.
#define SHOW(expression)                                                                   \
    do {                                                                                   \
        errno = 0;                                                                         \
        long value_ = (long)(expression);                                                  \
        if (value_ == -1 && errno != 0)                                                    \
            printf("%s = -1 %s\n", #expression, strerror(errno));                          \
        else                                                                               \
            printf("%s = %ld\n", #expression, value_);                                     \
        fflush(stdout);                                                                    \
    } while (0)

// Prints whether something that has to be so is so.
#define HOLDS(expression)                                                                  \
    do {                                                                                   \
        printf("%s: %s\n", #expression, (expression) ? "yes" : "NO");                      \
        fflush(stdout);                                                                    \
    } while (0)
#endif
