// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages that two processes see.
//!
//! Whoever pays for such a page can take it back at any time, also while the other one copies out of it. That fault
//! is expected: the copying code says so in two registers (`croft_process::handover::recovery`), the parent has the
//! thread go on behind it, and the copy fails with [`SharedError::Gone`].
//!
//! What is in the page may change at any moment, so it is only ever copied: no reference to it exists.

use crate::PAGE;
use crate::capabilities::Slot;
use crate::memory::{self, Access, MemoryError, SHARED};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use croft_container::Block;
use croft_ipc::{CapabilityAddress, MapError, SharedError, SharedMemory};
use croft_process::handover::recovery;

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".section .text.croft_recoverable_copy, \"ax\", @progbits",
    ".globl croft_recoverable_copy",
    ".type croft_recoverable_copy, @function",
    "croft_recoverable_copy:",
    "push rbp",
    "push r14",
    "push r15",
    "mov rbp, rsp",
    "movabs r14, {mark}",
    "lea r15, [rip + 77f]",
    "call {copy}",
    "xor eax, eax",
    "78:",
    "pop r15",
    "pop r14",
    "pop rbp",
    "ret",
    "77:",
    "mov rsp, rbp",
    "mov eax, 1",
    "jmp 78b",
    mark = const recovery::MARK,
    copy = sym memcpy,
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".section .text.croft_recoverable_copy, \"ax\", @progbits",
    ".globl croft_recoverable_copy",
    ".type croft_recoverable_copy, @function",
    "croft_recoverable_copy:",
    "stp x29, x30, [sp, #-32]!",
    "stp x27, x28, [sp, #16]",
    "mov x29, sp",
    "ldr x27, 79f",
    "adr x28, 77f",
    "bl {copy}",
    "mov w0, #0",
    "78:",
    "ldp x27, x28, [sp, #16]",
    "ldp x29, x30, [sp], #32",
    "ret",
    "77:",
    "mov sp, x29",
    "mov w0, #1",
    "b 78b",
    ".p2align 3",
    "79:",
    ".quad {mark}",
    mark = const recovery::MARK,
    copy = sym memcpy,
);

unsafe extern "C" {
    /// Copies as `memcpy` does. 0 if all was copied, 1 if a page was not there any more.
    fn croft_recoverable_copy(to: *mut u8, from: *const u8, length: usize) -> u32;

    // Of `croft_mem`. It keeps the registers that its callers own, as every function does.
    fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8;
}

/// Which pages of the range are taken, a bit each.
static TAKEN: AtomicU64 = AtomicU64::new(0);

const _: () = assert!((SHARED.end - SHARED.start) / PAGE as u64 == u64::BITS as u64);

/// A page that is shared, mapped for reading and writing.
#[derive(Debug)]
pub struct SharedPage {
    address: u64,
    memory: Owner,
}

#[derive(Debug)]
enum Owner {
    /// This process: the block and the frame's slot.
    Own(Block, u64),
    /// Somebody who sent the frame that is in the slot. It is there to be dropped.
    Other(#[expect(dead_code, reason = "dropping it takes the page away")] Slot),
}

impl SharedPage {
    /// A new page, paid by this process; [`SharedPage::address`] is what to send. As long as the process does not drop it,
    /// it is there.
    ///
    /// # Errors
    /// See [`MemoryError`].
    pub fn new() -> Result<Self, MemoryError> {
        let address = take_address().ok_or(MemoryError::NoAddresses)?;
        let made = memory::with(|memory| {
            let (block, frame) = memory.frames(1)?;
            match memory.map(frame, address, Access::Write) {
                Ok(()) => Ok(Owner::Own(block, frame)),
                Err(error) => {
                    memory.give_back(block, frame, 1);
                    Err(error)
                }
            }
        });
        match made {
            Ok(memory) => Ok(Self { address, memory }),
            Err(error) => {
                return_address(address);
                Err(error)
            }
        }
    }

    /// The page behind a frame capability that was received, and found to be one.
    pub(crate) fn received(slot: Slot) -> Result<Self, MapError> {
        let address = take_address().ok_or(MapError::NoMemory)?;
        let frame = slot.address().0;
        match memory::with(|memory| memory.map(frame, address, Access::Write)) {
            Ok(()) => Ok(Self {
                address,
                memory: Owner::Other(slot),
            }),
            Err(error) => {
                return_address(address);
                Err(match error {
                    MemoryError::Mapping { .. } => MapError::NoPage,
                    _ => MapError::NoMemory,
                })
            }
        }
    }

    /// The frame, to send it. `None` if it is another one's: it could not be told apart from the sender's own.
    #[must_use]
    pub const fn address(&self) -> Option<CapabilityAddress> {
        match &self.memory {
            Owner::Own(_, frame) => Some(CapabilityAddress(*frame)),
            Owner::Other(_) => None,
        }
    }

    /// Where `length` bytes from `at` on are.
    fn place(&self, at: usize, length: usize) -> Result<*mut u8, SharedError> {
        match at.checked_add(length) {
            Some(end) if end <= PAGE => Ok(core::ptr::with_exposed_provenance_mut(
                self.address as usize + at,
            )),
            _ => Err(SharedError::OutOfRange),
        }
    }
}

impl SharedMemory for SharedPage {
    fn length(&self) -> usize {
        PAGE
    }

    fn read(&self, at: usize, into: &mut [u8]) -> Result<(), SharedError> {
        let from = self.place(at, into.len())?;
        // SAFETY: the page's addresses belong to this page alone and `into` is elsewhere; if the page is gone, the copy
        // says so. Bytes that somebody writes meanwhile are some bytes; nothing else refers to them.
        match unsafe { croft_recoverable_copy(into.as_mut_ptr(), from, into.len()) } {
            0 => Ok(()),
            _ => Err(SharedError::Gone),
        }
    }

    fn write(&self, at: usize, bytes: &[u8]) -> Result<(), SharedError> {
        let to = self.place(at, bytes.len())?;
        // SAFETY: as for `read`.
        match unsafe { croft_recoverable_copy(to, bytes.as_ptr(), bytes.len()) } {
            0 => Ok(()),
            _ => Err(SharedError::Gone),
        }
    }
}

impl Drop for SharedPage {
    fn drop(&mut self) {
        if let Owner::Own(block, frame) = self.memory {
            memory::with(|memory| memory.give_back(block, frame, 1));
        }
        return_address(self.address);
    }
}

/// A file whose frames somebody else can write to or take away ([`crate::Process::shared_file`]). It stays mapped.
#[derive(Debug)]
pub struct SharedFile {
    address: u64,
    length: usize,
}

impl SharedFile {
    /// The one that is mapped, for reading and for good, from that address on.
    pub(crate) const fn mapped(address: u64, length: usize) -> Self {
        Self { address, length }
    }
}

impl SharedMemory for SharedFile {
    fn length(&self) -> usize {
        self.length
    }

    fn read(&self, at: usize, into: &mut [u8]) -> Result<(), SharedError> {
        let end = at.checked_add(into.len());
        if end.is_none_or(|end| end > self.length) {
            return Err(SharedError::OutOfRange);
        }
        let from = core::ptr::with_exposed_provenance(self.address as usize + at);
        // SAFETY: the range lies within the file, whose addresses are used for nothing else; otherwise as for a page.
        match unsafe { croft_recoverable_copy(into.as_mut_ptr(), from, into.len()) } {
            0 => Ok(()),
            _ => Err(SharedError::Gone),
        }
    }

    /// A file is there to be read.
    fn write(&self, _: usize, _: &[u8]) -> Result<(), SharedError> {
        Err(SharedError::Gone)
    }
}

fn take_address() -> Option<u64> {
    let taken = TAKEN.load(Relaxed);
    let place = taken.trailing_ones();
    if place == u64::BITS {
        return None;
    }
    TAKEN.store(taken | 1 << place, Relaxed);
    Some(SHARED.start + u64::from(place) * PAGE as u64)
}

fn return_address(address: u64) {
    let place = (address - SHARED.start) / PAGE as u64;
    TAKEN.store(TAKEN.load(Relaxed) & !(1 << place), Relaxed);
}
