// SPDX-License-Identifier: MIT OR Apache-2.0
// The C names of the functions in x86_64.s and aarch64.s.

.globl memcpy, memmove, memset, memcmp, bcmp, strlen, rust_eh_personality, _Unwind_Resume
.type memcpy, @function
.type memmove, @function
.type memset, @function
.type memcmp, @function
.type bcmp, @function
.type strlen, @function
.type rust_eh_personality, @function
.type _Unwind_Resume, @function

.set memcpy, croft_memmove
.set memmove, croft_memmove
.set memset, croft_memset
.set memcmp, croft_memcmp
.set bcmp, croft_memcmp
.set strlen, croft_strlen
.set rust_eh_personality, croft_never_unwinds
.set _Unwind_Resume, croft_never_unwinds
