// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where kernel versions differ beyond what a generator hides. This is 5.0.0's side.
//!
//! Later kernels (16.0.0) differ here as follows: cap data of a CNode is a bit field of its own;
//! `TCB_Configure` takes no priority, the priority invocations take an authority; there is
//! `TCB_SetTLSBase`; `Page_Remap` became `Page_Map`; aarch64 maps all translation tables by one
//! invocation; I/O ports are issued by an `IOPortControl`. Callers of this crate see the later shape
//! wherever 5.0.0 can do the same.

use crate::{CPtr, CPtrBits, Error, IpcBuffer, Result, Word, sys};

/// The cap data of a guard. No guard is the word 0, as in later kernels; 5.0.0 would also know a word
/// that says so.
pub const fn cnode_guard(guard: Word, guard_size: usize) -> sys::seL4_CapData {
    if guard_size == 0 {
        return NO_DATA;
    }
    sys::seL4_CapData::Guard_new(guard, guard_size as Word)
}

/// Cap data with this word.
const fn cap_data(word: Word) -> sys::seL4_CapData {
    sys::seL4_CapData { words: [word] }
}

/// The badge argument of a mint.
pub const fn badge(badge: Word) -> sys::seL4_CapData {
    cap_data(badge)
}

/// Cap data that changes nothing (of a thread's spaces), or no guard (of a minted CNode).
const NO_DATA: sys::seL4_CapData = cap_data(0);

/// Sets everything that a thread needs to run, except its priority: 5.0.0's own `TCB_Configure`
/// would reset that, so this takes two invocations.
pub fn tcb_configure(
    ipc_buffer: &mut IpcBuffer,
    tcb: CPtrBits,
    fault_endpoint: CPtr,
    cspace: (CPtrBits, sys::seL4_CapData),
    vspace: CPtrBits,
    buffer: (Word, CPtrBits),
) -> Result<()> {
    tcb_set_space(ipc_buffer, tcb, fault_endpoint, cspace, vspace)?;
    Error::wrap(
        ipc_buffer
            .inner_mut()
            .seL4_TCB_SetIPCBuffer(tcb, buffer.0, buffer.1),
    )
}

/// Sets the fault endpoint (an address in the thread's own CSpace), CSpace and VSpace of a thread.
pub fn tcb_set_space(
    ipc_buffer: &mut IpcBuffer,
    tcb: CPtrBits,
    fault_endpoint: CPtr,
    cspace: (CPtrBits, sys::seL4_CapData),
    vspace: CPtrBits,
) -> Result<()> {
    Error::wrap(ipc_buffer.inner_mut().seL4_TCB_SetSpace(
        tcb,
        fault_endpoint.bits(),
        cspace.0,
        cspace.1,
        vspace,
        NO_DATA,
    ))
}

/// Sets a thread's priority. 5.0.0 measures it against the caller's own maximum, not against an
/// authority that is given.
pub fn tcb_set_priority(
    ipc_buffer: &mut IpcBuffer,
    tcb: CPtrBits,
    _authority: CPtrBits,
    priority: Word,
) -> Result<()> {
    let priority = priority_byte(priority)?;
    Error::wrap(ipc_buffer.inner_mut().seL4_TCB_SetPriority(tcb, priority))
}

/// Sets a thread's maximum controlled priority; the authority is as for [`tcb_set_priority`].
pub fn tcb_set_mc_priority(
    ipc_buffer: &mut IpcBuffer,
    tcb: CPtrBits,
    _authority: CPtrBits,
    mcp: Word,
) -> Result<()> {
    let mcp = priority_byte(mcp)?;
    Error::wrap(ipc_buffer.inner_mut().seL4_TCB_SetMCPriority(tcb, mcp))
}

/// 5.0.0 takes priorities as bytes; a larger one must not wrap around to a small one.
fn priority_byte(priority: Word) -> Result<u8> {
    u8::try_from(priority).map_err(|_| Error::RangeError)
}

/// Sets the base of a stopped thread's thread-local storage (the base of FS) by way of its
/// registers. On aarch64, 5.0.0 has no invocation for this: only the thread itself can.
#[cfg(target_arch = "x86_64")]
pub fn tcb_set_tls_base(ipc_buffer: &mut IpcBuffer, tcb: CPtrBits, base: Word) -> Result<()> {
    let mut context = sys::seL4_UserContext::default();
    let words = crate::UserContext::WORDS as Word;
    let buffer = ipc_buffer.inner_mut();
    Error::wrap(buffer.seL4_TCB_ReadRegisters(tcb, 0, 0, words, &mut context))?;
    context.tls_base = base;
    Error::wrap(buffer.seL4_TCB_WriteRegisters(tcb, 0, 0, words, &context))
}

/// The badge with which to mint, from an I/O port capability, one for the ports `first..=last` only.
///
/// This layout stands in no file that user space gets from 5.0.0 (it is `io_port_capdata` in the
/// kernel's own structures); later kernels issue such capabilities by an invocation instead.
#[cfg(target_arch = "x86_64")]
#[must_use]
pub const fn ioport_cap_data(first: u16, last: u16) -> Word {
    (first as Word) << 16 | last as Word
}

/// Removes a frame's mapping. 5.0.0 says nothing about a frame that is not mapped: the message comes
/// back as it was sent, so that its label would be taken for an error.
#[cfg(target_arch = "x86_64")]
pub fn frame_unmap(ipc_buffer: &mut IpcBuffer, frame: CPtrBits) -> Result<()> {
    let label = ipc_buffer.inner_mut().seL4_X86_Page_Unmap(frame);
    if Word::from(label) == sys::invocation_label::X86PageUnmap {
        return Ok(());
    }
    Error::wrap(label)
}

/// How many bits of the accessed address a [`crate::fault::VmFault`] is sure to tell, from bit 0 up. On
/// x86_64, 5.0.0 by itself keeps 32; a header of Croft's kernel build (`overlay-pc99`) brings all of them.
pub const VM_FAULT_ADDRESS_BITS: u32 = 64;
