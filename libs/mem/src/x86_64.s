// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory functions for x86_64, System V calling convention. SSE2 is part of the architecture.
//
// The pattern throughout: a block shorter than two registers' worth is covered by two accesses
// that may overlap, one from its start and one up to its end. All loads come before all stores,
// so overlapping source and destination need no case of their own up to 64 bytes.
//
// No label is made of the digits 0 and 1 alone: in this syntax `10b` can be read as a number.

.section .text.croft_mem, "ax", @progbits

// rax = croft_memmove(rdi = destination, rsi = source, rdx = bytes)
.globl croft_memmove
.type croft_memmove, @function
.p2align 4
croft_memmove:
    mov rax, rdi
    cmp rdx, 16
    jb 20f
    cmp rdx, 32
    ja 50f
    movups xmm0, [rsi]
    movups xmm1, [rsi + rdx - 16]
    movups [rdi], xmm0
    movups [rdi + rdx - 16], xmm1
    ret

50: // 33 bytes and more
    cmp rdx, 64
    ja 30f
    movups xmm0, [rsi]
    movups xmm1, [rsi + 16]
    movups xmm2, [rsi + rdx - 32]
    movups xmm3, [rsi + rdx - 16]
    movups [rdi], xmm0
    movups [rdi + 16], xmm1
    movups [rdi + rdx - 32], xmm2
    movups [rdi + rdx - 16], xmm3
    ret

20: // 0 to 15 bytes
    cmp edx, 8
    jb 21f
    mov rcx, [rsi]
    mov r8, [rsi + rdx - 8]
    mov [rdi], rcx
    mov [rdi + rdx - 8], r8
    ret
21:
    cmp edx, 4
    jb 22f
    mov ecx, [rsi]
    mov r8d, [rsi + rdx - 4]
    mov [rdi], ecx
    mov [rdi + rdx - 4], r8d
    ret
22: // 0 to 3 bytes: the first, the middle and the last
    test edx, edx
    jz 23f
    mov r9d, edx
    shr r9d, 1
    movzx ecx, byte ptr [rsi]
    movzx r8d, byte ptr [rsi + r9]
    movzx r10d, byte ptr [rsi + rdx - 1]
    mov [rdi], cl
    mov [rdi + r9], r8b
    mov [rdi + rdx - 1], r10b
23:
    ret

30: // 65 bytes and more: blocks of 64, upwards or downwards
    mov rcx, rdi
    sub rcx, rsi
    cmp rcx, rdx
    jb 40f
    // Upwards. The last 64 bytes are loaded now, before a store can overwrite them.
    movups xmm4, [rsi + rdx - 64]
    movups xmm5, [rsi + rdx - 48]
    movups xmm6, [rsi + rdx - 32]
    movups xmm7, [rsi + rdx - 16]
    lea r8, [rdi + rdx - 64]
31:
    movups xmm0, [rsi]
    movups xmm1, [rsi + 16]
    movups xmm2, [rsi + 32]
    movups xmm3, [rsi + 48]
    add rsi, 64
    movups [rdi], xmm0
    movups [rdi + 16], xmm1
    movups [rdi + 32], xmm2
    movups [rdi + 48], xmm3
    add rdi, 64
    cmp rdi, r8
    jb 31b
    movups [r8], xmm4
    movups [r8 + 16], xmm5
    movups [r8 + 32], xmm6
    movups [r8 + 48], xmm7
    ret

40: // Downwards: the destination begins inside the source. The first 64 bytes are loaded now.
    movups xmm4, [rsi]
    movups xmm5, [rsi + 16]
    movups xmm6, [rsi + 32]
    movups xmm7, [rsi + 48]
41: // rdx = bytes still to do
    movups xmm0, [rsi + rdx - 64]
    movups xmm1, [rsi + rdx - 48]
    movups xmm2, [rsi + rdx - 32]
    movups xmm3, [rsi + rdx - 16]
    movups [rdi + rdx - 64], xmm0
    movups [rdi + rdx - 48], xmm1
    movups [rdi + rdx - 32], xmm2
    movups [rdi + rdx - 16], xmm3
    sub rdx, 64
    cmp rdx, 64
    ja 41b
    movups [rdi], xmm4
    movups [rdi + 16], xmm5
    movups [rdi + 32], xmm6
    movups [rdi + 48], xmm7
    ret
.size croft_memmove, . - croft_memmove

// rax = croft_memset(rdi = destination, sil = byte, rdx = bytes)
.globl croft_memset
.type croft_memset, @function
.p2align 4
croft_memset:
    mov rax, rdi
    movzx esi, sil
    mov rcx, 0x0101010101010101
    imul rcx, rsi
    cmp rdx, 16
    jb 50f
    movq xmm0, rcx
    punpcklqdq xmm0, xmm0
    cmp rdx, 64
    ja 20f
    movups [rdi], xmm0
    movups [rdi + rdx - 16], xmm0
    cmp edx, 32
    jbe 53f
    movups [rdi + 16], xmm0
    movups [rdi + rdx - 32], xmm0
    ret

50: // 0 to 15 bytes
    cmp edx, 8
    jb 51f
    mov [rdi], rcx
    mov [rdi + rdx - 8], rcx
    ret
51:
    cmp edx, 4
    jb 52f
    mov [rdi], ecx
    mov [rdi + rdx - 4], ecx
    ret
52:
    test edx, edx
    jz 53f
    mov r9d, edx
    shr r9d, 1
    mov [rdi], cl
    mov [rdi + r9], cl
    mov [rdi + rdx - 1], cl
53:
    ret

20: // 65 bytes and more: blocks of 64, the last one up to the end
    lea r8, [rdi + rdx - 64]
21:
    movups [rdi], xmm0
    movups [rdi + 16], xmm0
    movups [rdi + 32], xmm0
    movups [rdi + 48], xmm0
    add rdi, 64
    cmp rdi, r8
    jb 21b
    movups [r8], xmm0
    movups [r8 + 16], xmm0
    movups [r8 + 32], xmm0
    movups [r8 + 48], xmm0
    ret
.size croft_memset, . - croft_memset

// eax = croft_memcmp(rdi, rsi, rdx = bytes): negative, 0 or positive
.globl croft_memcmp
.type croft_memcmp, @function
.p2align 4
croft_memcmp:
    xor eax, eax
    sub rdx, 8
    jb 20f
50: // at least 8 bytes left: rdx + 8
    mov rcx, [rdi]
    mov r8, [rsi]
    cmp rcx, r8
    jne 30f
    add rdi, 8
    add rsi, 8
    sub rdx, 8
    jae 50b
20: // 0 to 7 bytes left
    add rdx, 8
    jz 22f
21:
    movzx ecx, byte ptr [rdi]
    movzx r8d, byte ptr [rsi]
    cmp ecx, r8d
    jne 31f
    inc rdi
    inc rsi
    dec rdx
    jnz 21b
22:
    ret
30: // The first byte that differs decides: make it the most significant.
    bswap rcx
    bswap r8
    cmp rcx, r8
31:
    sbb eax, eax
    or eax, 1
    ret
.size croft_memcmp, . - croft_memcmp

// rax = croft_strlen(rdi): bytes before the first zero
.globl croft_strlen
.type croft_strlen, @function
.p2align 4
croft_strlen:
    lea rax, [rdi - 1]
50:
    inc rax
    cmp byte ptr [rax], 0
    jne 50b
    sub rax, rdi
    ret
.size croft_strlen, . - croft_strlen

.globl croft_never_unwinds
.type croft_never_unwinds, @function
croft_never_unwinds:
    ud2
.size croft_never_unwinds, . - croft_never_unwinds

.text
