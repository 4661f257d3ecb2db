/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deleting a frame capability takes its page out of the address space that it is mapped in.
 *
 * Mode_finaliseCap does that for the last capability of a frame only. Whoever maps two copies and has the
 * frame's memory revoked would keep one of the pages, and with it whatever the memory is used for next. On
 * aarch64 every copy is unmapped.
 *
 * All C files are compiled as one, in the order of their names: this one comes after the definition and
 * before the only call.
 */
static inline cap_t finaliseCapWithPage(cap_t cap, bool_t final)
{
    return Mode_finaliseCap(cap, final || cap_get_capType(cap) == cap_frame_cap);
}

#define Mode_finaliseCap finaliseCapWithPage
