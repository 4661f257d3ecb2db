// SPDX-License-Identifier: MIT OR Apache-2.0
// Prints its arguments and ends with status 9.
#include <stdio.h>

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) printf("<%s>\n", argv[i]);
    return 9;
}
