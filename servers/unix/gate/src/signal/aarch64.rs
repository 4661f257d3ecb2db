// SPDX-License-Identifier: MIT OR Apache-2.0
//! aarch64 signal frames.
//!
//! ```text
//!  stack pointer before
//!    frame record: x29 and x30, where the handler's x29 points
//!    ucontext, with records: FP registers, syndrome (after a fault), end
//!  ─► stack pointer of the handler: siginfo_t, a multiple of 16
//! ```
use super::{AlternateStack, Delivery, FloatingPoint, INFORMATION_SIZE, NoRoom, Piece, Reader};
use crate::Routine;
use crate::layout::aarch64::GATE_DATA;
use crate::registers::aarch64::Registers;
use alloc::vec;
use alloc::vec::Vec;
use core::mem::{offset_of, size_of};
use unix_abi::Errno;
use unix_abi::linux::general::{SA_RESTORER, SA_SIGINFO};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// Where handlers return to that have no restorer of their own.
pub const RESTORER: usize = GATE_DATA;
/// `mov x8, #139` and `svc #0`: by these words unwinders know a signal frame.
pub const RESTORER_WORDS: [u32; 2] = [0xd280_1168, 0xd400_0001];

/// Tags of the records in the frame.
const FLOATING_POINT_MAGIC: u32 = 0x4650_8001;
const SYNDROME_MAGIC: u32 = 0x4553_5201;
const EXTRA_MAGIC: u32 = 0x4558_5401;
/// Room for records.
const RECORDS: usize = 4096;

/// `struct fpsimd_context`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "each field is Linux's of the same name")]
pub struct FloatingPointRecord {
    pub magic: u32,
    pub size: u32,
    pub fpsr: u32,
    pub fpcr: u32,
    pub vregs: [[u64; 2]; 32],
}

/// The start of `struct sigcontext`, up to the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "each field is Linux's of the same name")]
pub struct SignalContext {
    pub fault_address: u64,
    pub regs: [u64; 31],
    pub sp: u64,
    pub pc: u64,
    pub pstate: u64,
    /// The records are aligned to 16.
    pub padding: u64,
}

/// `struct ucontext` of the kernel, up to the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "each field is Linux's of the same name")]
pub struct UserContext {
    pub uc_flags: u64,
    pub uc_link: u64,
    pub uc_stack: AlternateStack,
    pub uc_sigmask: u64,
    /// Room for a mask of 1024 bits, then alignment to 16.
    pub unused: [u8; 128],
    pub uc_mcontext: SignalContext,
}

/// `struct rt_sigframe`, up to the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "each field is Linux's of the same name")]
pub struct SignalFrame {
    pub info: [u8; INFORMATION_SIZE],
    pub uc: UserContext,
}

/// From the handler's stack pointer to the record of the FP registers: where
/// [`Routine::SignalEntry`] stores them.
pub const FLOATING_POINT: usize = size_of::<SignalFrame>();
/// All of `struct rt_sigframe`.
const FRAME: usize = size_of::<SignalFrame>() + RECORDS;
/// x29 and x30.
const FRAME_RECORD: usize = 16;

/// The smallest alternate stack on which a signal can be delivered (`AT_MINSIGSTKSZ`), in bytes.
pub const MINIMUM_STACK: usize = FRAME + FRAME_RECORD + 16;

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

/// Builds the frame for a signal that meets a thread with these registers (which do not stand in a
/// stub: see [`crate::stub::StubTable::normalize`]); `gate` is the address of the gate page.
///
/// # Errors
/// If the stack has no room.
pub fn build(registers: &Registers, delivery: &Delivery<'_>, gate: usize) -> Result<Frame, NoRoom> {
    let placement = delivery
        .alternate
        .place(registers.sp, delivery.action.flags, 0)?;
    let record = placement
        .start
        .checked_sub(FRAME_RECORD as u64)
        .ok_or(NoRoom)?
        & !15;
    let address = record.checked_sub(FRAME as u64).ok_or(NoRoom)?;
    delivery.alternate.allows(address, placement)?;

    let fault = delivery.fault.unwrap_or_default();
    let uses_information = delivery.action.flags & u64::from(SA_SIGINFO) != 0;
    let information = delivery.information.to_bytes();
    let frame = SignalFrame {
        info: if uses_information {
            information
        } else {
            [0; INFORMATION_SIZE]
        },
        uc: UserContext {
            uc_flags: 0,
            uc_link: 0,
            uc_stack: delivery.alternate,
            uc_sigmask: delivery.mask,
            unused: [0; 128],
            uc_mcontext: SignalContext {
                fault_address: fault.address,
                regs: registers.x,
                sp: registers.sp,
                pc: registers.pc,
                pstate: registers.sanitized().pstate,
                padding: 0,
            },
        },
    };
    let mut bytes = frame.as_bytes().to_vec();
    let mut floating_point = FloatingPointRecord::new_zeroed();
    floating_point.magic = FLOATING_POINT_MAGIC;
    floating_point.size = size_of::<FloatingPointRecord>() as u32;
    bytes.extend_from_slice(floating_point.as_bytes());
    if fault.code != 0 {
        bytes.extend_from_slice(&SYNDROME_MAGIC.to_le_bytes());
        bytes.extend_from_slice(&16u32.to_le_bytes());
        bytes.extend_from_slice(&fault.code.to_le_bytes());
    }
    // The record that ends them: no tag, no size.
    bytes.extend_from_slice(&[0; 8]);
    let link = [registers.x[29], registers.x[30]];

    let mut entry = *registers;
    entry.x[0] = delivery.information.signal as u64;
    if uses_information {
        entry.x[1] = address + offset_of!(SignalFrame, info) as u64;
        entry.x[2] = address + offset_of!(SignalFrame, uc) as u64;
    }
    // The routine's own: the handler's address.
    entry.x[16] = delivery.action.handler as u64;
    entry.x[29] = record;
    let has_restorer = delivery.action.flags & u64::from(SA_RESTORER) != 0;
    entry.x[30] = if has_restorer {
        delivery.action.restorer
    } else {
        RESTORER
    } as u64;
    entry.sp = address;
    entry.pc = (gate + Routine::SignalEntry.offset()) as u64;
    Ok(Frame {
        pieces: vec![
            (address as usize, bytes),
            (record as usize, link.as_bytes().to_vec()),
        ],
        registers: entry,
        alternate: delivery.alternate.after_delivery(),
    })
}

/// Reads the frame at which `rt_sigreturn` was called; `read` copies out of the program's memory.
///
/// # Errors
/// What `read` says, or `EFAULT` if the frame is not one: the program gets SIGSEGV.
pub fn parse(registers: &Registers, read: &mut Reader<'_>) -> Result<Restored, Errno> {
    if !registers.sp.is_multiple_of(16) {
        return Err(Errno::EFAULT);
    }
    let address = registers.sp as usize;
    let mut frame = SignalFrame::new_zeroed();
    read(address, frame.as_mut_bytes())?;
    let context = &frame.uc.uc_mcontext;
    let restored = Registers {
        x: context.regs,
        sp: context.sp,
        pc: context.pc,
        pstate: context.pstate,
    };
    Ok(Restored {
        registers: restored.sanitized(),
        mask: frame.uc.uc_sigmask,
        alternate: frame.uc.uc_stack,
        floating_point: FloatingPoint::At(find_floating_point(address, read)?),
    })
}

/// Walks the records up to the end or the room's end. The FP registers have to be there once.
fn find_floating_point(frame: usize, read: &mut Reader<'_>) -> Result<usize, Errno> {
    let start = frame.checked_add(FLOATING_POINT).ok_or(Errno::EFAULT)?;
    let mut found = None;
    let mut offset = 0;
    while offset + 8 <= RECORDS {
        let mut head = [0u32; 2];
        let at = start.checked_add(offset).ok_or(Errno::EFAULT)?;
        read(at, head.as_mut_bytes())?;
        let [magic, size] = head;
        let size = size as usize;
        match magic {
            0 if size == 0 => return found.ok_or(Errno::EFAULT),
            FLOATING_POINT_MAGIC if found.is_some() => return Err(Errno::EFAULT),
            FLOATING_POINT_MAGIC if size >= size_of::<FloatingPointRecord>() => {
                found = Some(at + offset_of!(FloatingPointRecord, fpsr));
            }
            SYNDROME_MAGIC => {}
            EXTRA_MAGIC => {}
            _ => return Err(Errno::EFAULT),
        }
        if size < 16 || !size.is_multiple_of(16) || size > RECORDS - offset {
            return Err(Errno::EFAULT);
        }
        offset += size;
    }
    Err(Errno::EFAULT)
}

#[cfg(test)]
mod tests;
