// SPDX-License-Identifier: MIT OR Apache-2.0
//! The system call of a call whose waiting can be stopped.
//!
//! The kernel keeps no record of how far a thread is, but its registers tell: between `begin` and `enter` the call is not
//! made; at `enter`, with the capability's address in its register, the thread waits in the kernel; with 0 there, the
//! answer has come. From `begin` on the thread has all that `cancelled` needs in registers that the kernel preserves, and on
//! the stack nothing but what the beginning put there: so the watchdog may set it back to `cancelled` from anywhere, even
//! if somebody else has let it go on meanwhile. It leaves only when the watchdog is not at it.

use crate::watch::Places;
use core::sync::atomic::AtomicU64;
use sel4::sys::syscall_id;

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".section .text.croft_limited_call, \"ax\", @progbits",
    ".globl croft_limited_call",
    ".type croft_limited_call, @function",
    "croft_limited_call:",
    "push rbx",
    "push rbp",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "mov rbx, rdi",
    "mov rbp, rsi",
    "mov r13, rdx",
    // The kernel gives the stack pointer back as zero.
    "mov r14, rsp",
    ".globl croft_limited_call_begin",
    "croft_limited_call_begin:",
    "cmp qword ptr [rbp], r13",
    "jne croft_limited_call_cancelled",
    "mov rdi, [rbx]",
    "mov rsi, [rbx + 8]",
    "mov r10, [rbx + 16]",
    "mov r8, [rbx + 24]",
    "mov r9, [rbx + 32]",
    "mov r15, [rbx + 40]",
    "mov rdx, {call}",
    ".globl croft_limited_call_enter",
    "croft_limited_call_enter:",
    "syscall",
    ".globl croft_limited_call_answered",
    "croft_limited_call_answered:",
    "mov rsp, r14",
    "mov [rbx + 8], rsi",
    "mov [rbx + 16], r10",
    "mov [rbx + 24], r8",
    "mov [rbx + 32], r9",
    "mov [rbx + 40], r15",
    "xor r12d, r12d",
    "jmp 72f",
    ".globl croft_limited_call_cancelled",
    "croft_limited_call_cancelled:",
    "mov rsp, r14",
    "mov r12d, 1",
    "72:",
    "mov rax, r13",
    "xor ecx, ecx",
    "lock cmpxchg qword ptr [rbp], rcx",
    "je 74f",
    "73:",
    "cmp qword ptr [rbp], 0",
    "je 74f",
    "xor edi, edi",
    "xor esi, esi",
    "mov rdx, {pass}",
    "syscall",
    "mov rsp, r14",
    "jmp 73b",
    "74:",
    "mov rax, r12",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop rbp",
    "pop rbx",
    "ret",
    call = const syscall_id::Call,
    pass = const syscall_id::Yield,
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".section .text.croft_limited_call, \"ax\", @progbits",
    ".globl croft_limited_call",
    ".type croft_limited_call, @function",
    "croft_limited_call:",
    "stp x29, x30, [sp, #-48]!",
    "stp x19, x20, [sp, #16]",
    "stp x21, x22, [sp, #32]",
    "mov x29, sp",
    "mov x19, x0",
    "mov x20, x1",
    "mov x21, x2",
    ".globl croft_limited_call_begin",
    "croft_limited_call_begin:",
    "ldr x8, [x20]",
    "cmp x8, x21",
    "b.ne croft_limited_call_cancelled",
    "ldp x0, x1, [x19]",
    "ldp x2, x3, [x19, #16]",
    "ldp x4, x5, [x19, #32]",
    "mov x7, #{call}",
    ".globl croft_limited_call_enter",
    "croft_limited_call_enter:",
    "svc #0",
    ".globl croft_limited_call_answered",
    "croft_limited_call_answered:",
    "str x1, [x19, #8]",
    "stp x2, x3, [x19, #16]",
    "stp x4, x5, [x19, #32]",
    "mov x22, #0",
    "b 72f",
    ".globl croft_limited_call_cancelled",
    "croft_limited_call_cancelled:",
    "mov x22, #1",
    "72:",
    "ldaxr x8, [x20]",
    "cmp x8, x21",
    "b.ne 73f",
    "stlxr w9, xzr, [x20]",
    "cbnz w9, 72b",
    "b 74f",
    "73:",
    "ldar x8, [x20]",
    "cbz x8, 74f",
    "mov x0, #0",
    "mov x1, #0",
    "mov x7, #{pass}",
    "svc #0",
    "b 73b",
    "74:",
    "mov x0, x22",
    "ldp x21, x22, [sp, #32]",
    "ldp x19, x20, [sp, #16]",
    "ldp x29, x30, [sp], #48",
    "ret",
    call = const syscall_id::Call,
    pass = const syscall_id::Yield,
);

/// What the system call takes and gives, in this order.
#[repr(C)]
pub struct Message {
    /// The endpoint's address.
    pub capability: u64,
    /// The message's description.
    pub info: u64,
    /// Its first words.
    pub words: [u64; sel4::NUM_FAST_MESSAGE_REGISTERS],
}

unsafe extern "C" {
    /// Sends the message and waits for the answer, which takes its place: 0. Or 1, if `state` is not `armed`, or the
    /// watchdog set the thread back. Then `state` is 0.
    fn croft_limited_call(message: *mut Message, state: *const AtomicU64, armed: u64) -> u64;

    fn croft_limited_call_begin();
    fn croft_limited_call_enter();
    fn croft_limited_call_answered();
    fn croft_limited_call_cancelled();
}

/// Sends the message and waits for the answer, as long as `state` is `armed`. Whether there is an answer.
///
/// # Safety
/// As for every call: the kernel writes a longer answer into the IPC buffer, and nobody may hold a reference to it.
pub unsafe fn call(message: &mut Message, state: &AtomicU64, armed: u64) -> bool {
    // SAFETY: the function follows the calling convention and touches no memory but these two; the rest the caller promises.
    unsafe { croft_limited_call(message, state, armed) == 0 }
}

/// Where the parts of [`call`] are.
pub fn places() -> Places {
    let address = |place: unsafe extern "C" fn()| place as usize as u64;
    Places {
        begin: address(croft_limited_call_begin),
        enter: address(croft_limited_call_enter),
        answered: address(croft_limited_call_answered),
        cancelled: address(croft_limited_call_cancelled),
    }
}
