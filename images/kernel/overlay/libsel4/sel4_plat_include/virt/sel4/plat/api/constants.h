/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * QEMU's aarch64 machine `virt`: the platform constants of libsel4. There are none: this
 * configuration has no hardware debugging interface.
 */
#ifndef __LIBSEL4_SEL4_PLAT_API_CONSTANTS_H_
#define __LIBSEL4_SEL4_PLAT_API_CONSTANTS_H_

#ifdef HAVE_AUTOCONF
#include <autoconf.h>
#endif

#endif
