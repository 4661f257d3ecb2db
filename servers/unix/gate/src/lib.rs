// SPDX-License-Identifier: MIT OR Apache-2.0
//! The gate: the few instructions of Croft's own inside every Unix process, and what belongs to
//! them: rewriting of system call instructions, registers, signal frames.
//!
//! *Who calls it*: the world (`unix-kernel` the pure parts, `servers/unix` the bytes of the gate
//! page). *What it may touch*: nothing. Everything is computation on bytes and registers but
//! [`code`], which is the assembly that runs inside of the processes; it holds the only `unsafe`.
//!
//! # Why
//! seL4 gives a monitor its program's integer registers, but neither the FP registers nor (on
//! aarch64) the thread pointer; and a system call instruction in a program is taken for a call of
//! seL4 when a register happens to hold one of its numbers. So
//!
//! * [`rewrite`] replaces the system call instructions of a page that becomes executable:
//!   `syscall` by `int 0xC0` of the same length (x86_64), `svc` by a branch to a [`stub`] (aarch64);
//! * the gate page ([`code`], [`routine`]), mapped read-only at [`layout`]'s address into each
//!   process, saves and restores what the world cannot reach, by the process's own hands;
//! * [`signal`] builds and reads Linux's signal frames.
//!
//! None of it carries confinement: a program can jump into the middle of a routine, write its
//! context slot or hide a system call instruction. It then harms itself. Everything that arrives
//! from a process is an allegation by this process.
//!
//! # Protocol
//! The world stops a thread in some trap, keeps its registers, and resumes it in a routine with
//! only the registers below set. The routine's own trap says that it is done; the world knows it by
//! the program counter ([`Routine::trapping_at`]) *and* by having sent the thread there. Then it
//! resumes the thread with the registers that it kept.
//!
//! ```text
//!  program              gate page                 world
//!     │ system call: fork                            │
//!     ├──────────────────────────────────────────────► keeps registers R
//!     │                   ┌──────── SaveState(slot) ─┤
//!     │                   │ stores FP, thread ptr    │
//!     │                   └─ gate trap ──────────────► copies the address space
//!     ◄──────────────── R, result = pid of child ────┤
//!                                                    │
//!  child                  ┌──── RestoreState(slot) ──┤ new thread, copied address space
//!                         │ loads FP, thread ptr     │
//!                         └─ gate trap ──────────────►
//!     ◄──────────────── R, result = 0 ───────────────┤
//! ```
//!
//! | routine | registers at the start | what it does | end |
//! |---|---|---|---|
//! | [`Routine::SaveState`] | argument 0 = slot | stores state into the slot | gate trap |
//! | [`Routine::RestoreState`] | argument 0 = slot | loads state from the slot | gate trap |
//! | [`Routine::InitialState`] | – | state as after `execve` | gate trap |
//! | [`Routine::SignalEntry`] | as [`signal::Frame::registers`] says | stores FP registers into the frame at the stack pointer | at the handler |
//! | [`Routine::SignalReturn`] | argument 0 = FP part of the frame | loads FP registers | gate trap |
//!
//! Argument 0 is `rdi` or `x0`; [`Registers::for_routine`] makes the registers. A slot is
//! [`layout::CONTEXT_SLOT`] bytes of memory that the program can write; slots are numbered by
//! address space. A thread that shares its parent's address space needs the parent's slot copied to
//! its own (with the new thread pointer put into it, see [`context`]) before the parent goes on; a
//! forked child has its own copy of the page already.
//!
//! The gate trap: x86_64, `int 0xC1`, which arrives as an unknown system call with the number that
//! [`trap::x86_64`] knows; aarch64, `brk`, which arrives as a user exception with nothing but program
//! counter and stack pointer.
//!
//! Signals: the world writes [`signal::Frame::pieces`], then resumes the thread with
//! [`signal::Frame::registers`], which lead it through [`Routine::SignalEntry`] into the handler
//! without a further trap. `rt_sigreturn` reads the frame ([`signal::parse`]), goes through
//! [`Routine::SignalReturn`] (or `InitialState` if the frame has no FP part) and resumes with the
//! registers from the frame. On aarch64 a handler without restorer returns to
//! [`signal::aarch64::RESTORER`], two words that debuggers and unwinders know, in a page that is not
//! executable: that instruction fault *is* the `rt_sigreturn` call.
//!
//! # What programs notice (x86_64, seL4 5.0.0)
//! * GS base is always the address of the thread's IPC buffer; `ARCH_SET_GS` cannot be offered, and
//!   `wrgsbase`/`wrfsbase` fault.
//! * CPUID shows the machine's features, but the kernel leaves OSXSAVE off: whoever asks before
//!   using AVX, as glibc and musl and Go do, does not use it. A program that does not ask gets
//!   SIGILL.
//! * `rcx` and `r11` survive a system call.
#![cfg_attr(not(test), no_std)]
#![deny(unsafe_code)]
extern crate alloc;

pub mod code;
pub mod context;
pub mod layout;
pub mod registers;
pub mod rewrite;
pub mod routine;
pub mod signal;
pub mod stub;
pub mod trap;

pub use routine::Routine;

#[cfg(target_arch = "aarch64")]
pub use layout::aarch64 as address;
#[cfg(target_arch = "x86_64")]
pub use layout::x86_64 as address;
#[cfg(target_arch = "aarch64")]
pub use registers::aarch64::Registers;
#[cfg(target_arch = "x86_64")]
pub use registers::x86_64::Registers;
