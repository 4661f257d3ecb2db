// SPDX-License-Identifier: MIT OR Apache-2.0
// The smallest program: what fork + exec + wait is measured with.
int main(void) { return 0; }
