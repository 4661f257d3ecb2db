-- SPDX-License-Identifier: GPL-2.0-only
--
-- QEMU's aarch64 machine `virt` has no bit fields of its own.

base 32
