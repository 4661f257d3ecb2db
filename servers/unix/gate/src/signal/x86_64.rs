// SPDX-License-Identifier: MIT OR Apache-2.0
//! x86_64 signal frames.
//!
//! ```text
//!  stack pointer before
//!    … 128 bytes that the program may be using (not if the alternate stack is entered)
//!    FP registers (512 bytes, aligned to 64)
//!    siginfo_t
//!    ucontext
//!  ─► stack pointer of the handler: return address (the restorer), a multiple of 16 minus 8
//! ```
use super::stack::Placement;
use super::{AlternateStack, Delivery, FloatingPoint, INFORMATION_SIZE, NoRoom, Piece, Reader};
use crate::Routine;
use crate::context::x86_64::FXSAVE_SIZE;
use crate::registers::x86_64::{DIRECTION_FLAG, RESUME_FLAG, Registers};
use alloc::vec;
use alloc::vec::Vec;
use core::mem::{offset_of, size_of};
use unix_abi::Errno;
use unix_abi::linux::general::{SA_RESTORER, SA_SIGINFO};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// `uc_flags`: the stack segment is in the frame and is to be restored as it says.
const CONTEXT_FLAGS: u64 = 0x2 | 0x4;
/// Selectors of a 64-bit Linux program.
const CODE_SEGMENT: u16 = 0x33;
const STACK_SEGMENT: u16 = 0x2b;
/// What a program may use below its stack pointer.
const RED_ZONE: u64 = 128;
/// Flags that `rt_sigreturn` takes from the frame: AC RF OF DF SF ZF AF PF CF.
const RESTORED_FLAGS: u64 = 0x5_0cd5;

/// `struct sigcontext`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "each field is Linux's of the same name")]
pub struct SignalContext {
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub di: u64,
    pub si: u64,
    pub bp: u64,
    pub bx: u64,
    pub dx: u64,
    pub ax: u64,
    pub cx: u64,
    pub sp: u64,
    pub ip: u64,
    pub flags: u64,
    pub cs: u16,
    pub gs: u16,
    pub fs: u16,
    pub ss: u16,
    pub err: u64,
    pub trapno: u64,
    pub oldmask: u64,
    pub cr2: u64,
    pub fpstate: u64,
    pub reserved1: [u64; 8],
}

/// `struct ucontext` of the kernel (not the C library's).
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "each field is Linux's of the same name")]
pub struct UserContext {
    pub uc_flags: u64,
    pub uc_link: u64,
    pub uc_stack: AlternateStack,
    pub uc_mcontext: SignalContext,
    pub uc_sigmask: u64,
}

/// `struct rt_sigframe`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "each field is Linux's of the same name")]
pub struct SignalFrame {
    pub pretcode: u64,
    pub uc: UserContext,
    pub info: [u8; INFORMATION_SIZE],
}

/// From the handler's stack pointer to the pointer to the FP registers: what
/// [`Routine::SignalEntry`] follows.
pub const FLOATING_POINT: usize = offset_of!(SignalFrame, uc)
    + offset_of!(UserContext, uc_mcontext)
    + offset_of!(SignalContext, fpstate);

/// The smallest alternate stack on which a signal can be delivered (`AT_MINSIGSTKSZ`), in bytes.
pub const MINIMUM_STACK: usize =
    (size_of::<SignalFrame>() + 15 + FXSAVE_SIZE + 63).next_multiple_of(16);

/// A signal frame, ready to be written, and where the thread goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// What to write into the program's memory. If that fails: SIGSEGV, and nothing has changed.
    pub pieces: Vec<Piece>,
    /// The registers to resume with: they lead through [`Routine::SignalEntry`] into the handler.
    pub registers: Registers,
    /// What the thread's alternate stack is from now on.
    pub alternate: AlternateStack,
}

/// A frame that came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Restored {
    /// The registers to resume with.
    pub registers: Registers,
    /// The blocked signals.
    pub mask: u64,
    /// The alternate stack to set, as if by `sigaltstack`, whose refusals do not matter here.
    pub alternate: AlternateStack,
    /// What to do for the FP registers first.
    pub floating_point: FloatingPoint,
}

fn address_of(delivery: &Delivery<'_>, sp: u64) -> Result<(u64, u64), NoRoom> {
    let placement: Placement = delivery
        .alternate
        .place(sp, delivery.action.flags, RED_ZONE)?;
    let floating_point = placement
        .start
        .checked_sub(FXSAVE_SIZE as u64)
        .ok_or(NoRoom)?
        & !63;
    let frame = floating_point
        .checked_sub(size_of::<SignalFrame>() as u64)
        .ok_or(NoRoom)?;
    let frame = (frame & !15).checked_sub(8).ok_or(NoRoom)?;
    delivery.alternate.allows(frame, placement)?;
    Ok((frame, floating_point))
}

/// Builds the frame for a signal that meets a thread with these registers; `gate` is the address of
/// the gate page.
///
/// # Errors
/// If the stack has no room, or the action has no restorer (x86_64 has no default one).
pub fn build(registers: &Registers, delivery: &Delivery<'_>, gate: usize) -> Result<Frame, NoRoom> {
    if delivery.action.flags & u64::from(SA_RESTORER) == 0 {
        return Err(NoRoom);
    }
    let (address, floating_point) = address_of(delivery, registers.rsp)?;
    let fault = delivery.fault.unwrap_or_default();
    let r = registers;
    let context = SignalContext {
        r8: r.r8,
        r9: r.r9,
        r10: r.r10,
        r11: r.r11,
        r12: r.r12,
        r13: r.r13,
        r14: r.r14,
        r15: r.r15,
        di: r.rdi,
        si: r.rsi,
        bp: r.rbp,
        bx: r.rbx,
        dx: r.rdx,
        ax: r.rax,
        cx: r.rcx,
        sp: r.rsp,
        ip: r.rip,
        flags: r.rflags,
        cs: CODE_SEGMENT,
        gs: 0,
        fs: 0,
        ss: STACK_SEGMENT,
        err: fault.code,
        trapno: fault.vector,
        oldmask: delivery.mask,
        cr2: fault.address,
        fpstate: floating_point,
        reserved1: [0; 8],
    };
    let uses_information = delivery.action.flags & u64::from(SA_SIGINFO) != 0;
    let information = delivery.information.to_bytes();
    let frame = SignalFrame {
        pretcode: delivery.action.restorer as u64,
        uc: UserContext {
            uc_flags: CONTEXT_FLAGS,
            uc_link: 0,
            uc_stack: delivery.alternate,
            uc_mcontext: context,
            uc_sigmask: delivery.mask,
        },
        info: if uses_information {
            information
        } else {
            [0; INFORMATION_SIZE]
        },
    };
    let mut bytes = vec![0; (floating_point - address) as usize + FXSAVE_SIZE];
    bytes[..size_of::<SignalFrame>()].copy_from_slice(frame.as_bytes());

    let mut entry = Registers {
        rdi: delivery.information.signal as u64,
        rsi: address + offset_of!(SignalFrame, info) as u64,
        rdx: address + offset_of!(SignalFrame, uc) as u64,
        rax: 0,
        rsp: address,
        // The routine's own: the handler's address.
        r11: delivery.action.handler as u64,
        ..*registers
    };
    entry.rip = (gate + Routine::SignalEntry.offset()) as u64;
    entry.rflags &= !(DIRECTION_FLAG | RESUME_FLAG);
    Ok(Frame {
        pieces: vec![(address as usize, bytes)],
        registers: entry,
        alternate: delivery.alternate.after_delivery(),
    })
}

/// Reads the frame at which `rt_sigreturn` was called; `read` copies out of the program's memory.
///
/// # Errors
/// What `read` says, or `EFAULT` if the FP part is not aligned: the program gets SIGSEGV.
pub fn parse(registers: &Registers, read: &mut Reader<'_>) -> Result<Restored, Errno> {
    // The handler's `ret` has taken the return address.
    let address = registers.rsp.wrapping_sub(8) as usize;
    let mut frame = SignalFrame::new_zeroed();
    read(address, frame.as_mut_bytes())?;
    let context = &frame.uc.uc_mcontext;
    let floating_point = match context.fpstate {
        0 => FloatingPoint::Initial,
        area if area % 16 == 0 => FloatingPoint::At(area as usize),
        _ => return Err(Errno::EFAULT),
    };
    let restored = Registers {
        rax: context.ax,
        rbx: context.bx,
        rcx: context.cx,
        rdx: context.dx,
        rsi: context.si,
        rdi: context.di,
        rbp: context.bp,
        rsp: context.sp,
        r8: context.r8,
        r9: context.r9,
        r10: context.r10,
        r11: context.r11,
        r12: context.r12,
        r13: context.r13,
        r14: context.r14,
        r15: context.r15,
        rip: context.ip,
        rflags: registers.rflags & !RESTORED_FLAGS | context.flags & RESTORED_FLAGS,
        fs_base: registers.fs_base,
    };
    Ok(Restored {
        registers: restored.sanitized(),
        mask: frame.uc.uc_sigmask,
        alternate: frame.uc.uc_stack,
        floating_point,
    })
}

#[cfg(test)]
mod tests;
