// SPDX-License-Identifier: MIT OR Apache-2.0
//! The IPC buffer.

use core::mem;
use core::slice;

use crate::{AbsoluteCPtr, CPtr, CPtrBits, MSG_MAX_LENGTH, Word, sys};

/// The part of a thread's memory through which it and the kernel pass messages.
#[repr(transparent)]
pub struct IpcBuffer(sys::seL4_IPCBuffer);

impl IpcBuffer {
    /// Size in bytes, also its alignment.
    pub const SIZE: usize = mem::size_of::<sys::seL4_IPCBuffer>();

    /// The buffer at an address.
    ///
    /// # Safety
    /// The address must be that of mapped memory that is this thread's IPC buffer, aligned to
    /// [`IpcBuffer::SIZE`], for as long as the process runs; nobody else may refer to it.
    #[must_use]
    pub unsafe fn from_ptr(pointer: *mut sys::seL4_IPCBuffer) -> &'static mut Self {
        // SAFETY: the caller's promise; the type is transparent.
        unsafe { &mut *pointer.cast() }
    }

    /// The kernel's type.
    #[must_use]
    #[inline(always)]
    pub const fn inner(&self) -> &sys::seL4_IPCBuffer {
        &self.0
    }

    /// The kernel's type.
    #[inline(always)]
    pub const fn inner_mut(&mut self) -> &mut sys::seL4_IPCBuffer {
        &mut self.0
    }

    /// The message words. Invocations and messages of the `with_mrs` functions leave the first
    /// [`crate::NUM_FAST_MESSAGE_REGISTERS`] of them untouched.
    #[must_use]
    #[inline(always)]
    pub const fn msg_regs(&self) -> &[Word; MSG_MAX_LENGTH] {
        &self.0.msg
    }

    /// The message words, to be changed.
    #[inline(always)]
    pub const fn msg_regs_mut(&mut self) -> &mut [Word; MSG_MAX_LENGTH] {
        &mut self.0.msg
    }

    /// The message words as bytes.
    #[must_use]
    #[inline(always)]
    pub const fn msg_bytes(&self) -> &[u8] {
        // SAFETY: words have no padding, and the length is theirs.
        unsafe { slice::from_raw_parts(self.0.msg.as_ptr().cast(), mem::size_of_val(&self.0.msg)) }
    }

    /// The message words as bytes, to be changed.
    #[inline(always)]
    pub const fn msg_bytes_mut(&mut self) -> &mut [u8] {
        let length = mem::size_of_val(&self.0.msg);
        // SAFETY: words have no padding, any bytes are a word, and the length is theirs.
        unsafe { slice::from_raw_parts_mut(self.0.msg.as_mut_ptr().cast(), length) }
    }

    /// The user's word of the buffer.
    #[must_use]
    pub const fn user_data(&self) -> Word {
        self.0.userData
    }

    /// Sets the user's word of the buffer.
    pub const fn set_user_data(&mut self, data: Word) {
        self.0.userData = data;
    }

    /// The addresses of capabilities to send, or the badges of those received unwrapped.
    #[must_use]
    #[inline(always)]
    pub const fn caps_or_badges(&self) -> &[Word] {
        &self.0.caps_or_badges
    }

    /// The same, to be changed.
    #[inline(always)]
    pub const fn caps_or_badges_mut(&mut self) -> &mut [Word] {
        &mut self.0.caps_or_badges
    }

    /// The slot for the next received capability: CNode, address, depth.
    #[must_use]
    pub const fn recv_slot(&self) -> (CPtr, CPtrBits, usize) {
        (
            CPtr::from_bits(self.0.receiveCNode),
            self.0.receiveIndex,
            self.0.receiveDepth as usize,
        )
    }

    /// Sets the slot for the next received capability. It must be empty when the message comes.
    pub fn set_recv_slot<C>(&mut self, slot: &AbsoluteCPtr<C>) {
        self.0.receiveCNode = slot.root().bits();
        self.0.receiveIndex = slot.path().bits();
        self.0.receiveDepth = slot.path().depth() as Word;
    }

    /// After a failed mapping with [`crate::Error::FailedLookup`]: log2 of the bytes that one entry of
    /// the last translation table covers, which has no table below it. Compare
    /// [`crate::vspace_levels`].
    #[must_use]
    pub const fn mapping_failed_lookup_level(&self) -> usize {
        self.0.msg[sys::SEL4_MAPPING_LOOKUP_LEVEL as usize] as usize
    }
}
