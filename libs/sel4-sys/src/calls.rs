// SPDX-License-Identifier: MIT OR Apache-2.0
//! The system calls.
//!
//! The functions whose names end in `WithMRs` pass the first message words in registers and leave
//! them out of the IPC buffer; the methods of [`seL4_IPCBuffer`] load and store them there.

use core::arch::asm;
use core::ptr;

use crate::bindings::*;
use crate::entry::enter;
use crate::syscall_id;

/// Message words that travel in registers.
pub const NUM_FAST_MESSAGE_REGISTERS: usize = 4;

/// The first words of a message.
pub type MessageRegisters = [seL4_Word; NUM_FAST_MESSAGE_REGISTERS];

/// The registers that a system call takes and gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registers {
    /// In: the capability. Out: the badge.
    pub cap: seL4_CPtr,
    /// The message info's word.
    pub info: seL4_Word,
    /// The first message words.
    pub msg: MessageRegisters,
}

const NO_WORDS: MessageRegisters = [0; NUM_FAST_MESSAGE_REGISTERS];

/// Which of the two system calls that only send.
#[inline(always)]
fn send(number: isize, cap: seL4_CPtr, info: seL4_MessageInfo, msg: MessageRegisters) {
    let registers = Registers {
        cap,
        info: info.words[0],
        msg,
    };
    // SAFETY: a call that only sends reads the IPC buffer and writes no memory of this process.
    unsafe { enter(number, registers) };
}

#[inline(always)]
fn info(words: seL4_Word) -> seL4_MessageInfo {
    seL4_MessageInfo { words: [words] }
}

/// Sends and waits until somebody received; words beyond the registers come from the IPC buffer.
#[inline(always)]
pub fn seL4_SendWithMRs(dest: seL4_CPtr, info: seL4_MessageInfo, msg: MessageRegisters) {
    send(syscall_id::Send, dest, info, msg);
}

/// Sends if somebody is waiting, else does nothing.
#[inline(always)]
pub fn seL4_NBSendWithMRs(dest: seL4_CPtr, info: seL4_MessageInfo, msg: MessageRegisters) {
    send(syscall_id::NBSend, dest, info, msg);
}

/// Replies to the caller of the last message; does nothing if there is none.
#[inline(always)]
pub fn seL4_ReplyWithMRs(info: seL4_MessageInfo, msg: MessageRegisters) {
    send(syscall_id::Reply, 0, info, msg);
}

/// Signals a notification.
#[inline(always)]
pub fn seL4_Signal(dest: seL4_CPtr) {
    send(
        syscall_id::Send,
        dest,
        seL4_MessageInfo::new(0, 0, 0, 0),
        NO_WORDS,
    );
}

/// Lets another thread of the same priority run.
#[inline(always)]
pub fn seL4_Yield() {
    send(
        syscall_id::Yield,
        0,
        seL4_MessageInfo::new(0, 0, 0, 0),
        NO_WORDS,
    );
}

/// Sends and waits for the reply.
///
/// # Safety
/// The kernel writes longer replies into the IPC buffer: nobody may hold a reference to it.
#[inline(always)]
pub unsafe fn seL4_CallWithMRs(
    dest: seL4_CPtr,
    message: seL4_MessageInfo,
    msg: MessageRegisters,
) -> (seL4_MessageInfo, MessageRegisters) {
    let registers = Registers {
        cap: dest,
        info: message.words[0],
        msg,
    };
    // SAFETY: the caller promises that the IPC buffer may be written.
    let result = unsafe { enter(syscall_id::Call, registers) };
    (info(result.info), result.msg)
}

/// Waits for a message; gives its info, its sender's badge and its first words.
///
/// # Safety
/// The kernel writes longer messages into the IPC buffer: nobody may hold a reference to it.
#[inline(always)]
pub unsafe fn seL4_RecvWithMRs(src: seL4_CPtr) -> (seL4_MessageInfo, seL4_Word, MessageRegisters) {
    // SAFETY: the caller promises that the IPC buffer may be written.
    unsafe { receive(syscall_id::Recv, src, 0, NO_WORDS) }
}

/// Takes a message if one is waiting; the badge is 0 and the info empty if none is.
///
/// # Safety
/// As for [`seL4_RecvWithMRs`].
#[inline(always)]
pub unsafe fn seL4_NBRecvWithMRs(
    src: seL4_CPtr,
) -> (seL4_MessageInfo, seL4_Word, MessageRegisters) {
    // SAFETY: the caller promises that the IPC buffer may be written.
    unsafe { receive(syscall_id::NBRecv, src, 0, NO_WORDS) }
}

/// Replies to the last caller and waits for the next message.
///
/// # Safety
/// As for [`seL4_RecvWithMRs`].
#[inline(always)]
pub unsafe fn seL4_ReplyRecvWithMRs(
    src: seL4_CPtr,
    message: seL4_MessageInfo,
    msg: MessageRegisters,
) -> (seL4_MessageInfo, seL4_Word, MessageRegisters) {
    // SAFETY: the caller promises that the IPC buffer may be written.
    unsafe { receive(syscall_id::ReplyRecv, src, message.words[0], msg) }
}

/// # Safety
/// The IPC buffer may be written: nobody may hold a reference to it.
#[inline(always)]
unsafe fn receive(
    number: isize,
    cap: seL4_CPtr,
    words: seL4_Word,
    msg: MessageRegisters,
) -> (seL4_MessageInfo, seL4_Word, MessageRegisters) {
    let registers = Registers {
        cap,
        info: words,
        msg,
    };
    // SAFETY: the caller's promise.
    let result = unsafe { enter(number, registers) };
    (info(result.info), result.cap, result.msg)
}

impl seL4_IPCBuffer {
    /// The message words that travel in registers.
    #[inline(always)]
    fn registers(&self) -> MessageRegisters {
        [self.msg[0], self.msg[1], self.msg[2], self.msg[3]]
    }

    /// Lets the next system call see the buffer. Without this the compiler may take it that nothing but this reference reads
    /// or writes it: a value that is written before the call and again after it would never be stored.
    #[inline(always)]
    fn show(&mut self) {
        // SAFETY: it has no instructions. The pointer is valid until the reference is used again, after the call.
        unsafe {
            asm!("/* {} */", in(reg) ptr::from_mut(self), options(nostack, preserves_flags));
        }
    }

    #[inline(always)]
    fn set_registers(&mut self, words: MessageRegisters) {
        self.msg[..words.len()].copy_from_slice(&words);
    }

    /// Invokes an object: a call to the kernel. On failure the words that explain the error (see
    /// the kernel's `errors.h`) are in the buffer.
    #[inline(always)]
    pub(crate) fn invoke(
        &mut self,
        service: seL4_CPtr,
        message: seL4_MessageInfo,
        msg: MessageRegisters,
    ) -> (seL4_Error, MessageRegisters) {
        self.show();
        // SAFETY: the only reference to the IPC buffer is the one that this method was called with,
        // and it is not used across the call.
        let (reply, words) = unsafe { seL4_CallWithMRs(service, message, msg) };
        let error = reply.get_label() as seL4_Error;
        if error != seL4_NoError {
            self.set_registers(words);
        }
        (error, words)
    }

    /// Sends the message in the buffer and waits until somebody received it.
    #[inline(always)]
    pub fn seL4_Send(&mut self, dest: seL4_CPtr, info: seL4_MessageInfo) {
        let words = self.registers();
        self.show();
        seL4_SendWithMRs(dest, info, words);
    }

    /// Sends the message in the buffer if somebody is waiting.
    #[inline(always)]
    pub fn seL4_NBSend(&mut self, dest: seL4_CPtr, info: seL4_MessageInfo) {
        let words = self.registers();
        self.show();
        seL4_NBSendWithMRs(dest, info, words);
    }

    /// Replies with the message in the buffer.
    #[inline(always)]
    pub fn seL4_Reply(&mut self, info: seL4_MessageInfo) {
        let words = self.registers();
        self.show();
        seL4_ReplyWithMRs(info, words);
    }

    /// Sends the message in the buffer and waits for the reply, which is in the buffer afterwards.
    #[inline(always)]
    pub fn seL4_Call(&mut self, dest: seL4_CPtr, info: seL4_MessageInfo) -> seL4_MessageInfo {
        let words = self.registers();
        self.show();
        // SAFETY: as in `invoke`.
        let (reply, words) = unsafe { seL4_CallWithMRs(dest, info, words) };
        self.set_registers(words);
        reply
    }

    /// Waits for a message, which is in the buffer afterwards; gives its info and badge.
    #[inline(always)]
    pub fn seL4_Recv(&mut self, src: seL4_CPtr) -> (seL4_MessageInfo, seL4_Word) {
        self.show();
        // SAFETY: as in `invoke`.
        let (info, badge, words) = unsafe { seL4_RecvWithMRs(src) };
        self.set_registers(words);
        (info, badge)
    }

    /// Takes a message if one is waiting.
    #[inline(always)]
    pub fn seL4_NBRecv(&mut self, src: seL4_CPtr) -> (seL4_MessageInfo, seL4_Word) {
        self.show();
        // SAFETY: as in `invoke`.
        let (info, badge, words) = unsafe { seL4_NBRecvWithMRs(src) };
        self.set_registers(words);
        (info, badge)
    }

    /// Replies with the message in the buffer and waits for the next one.
    #[inline(always)]
    pub fn seL4_ReplyRecv(
        &mut self,
        src: seL4_CPtr,
        info: seL4_MessageInfo,
    ) -> (seL4_MessageInfo, seL4_Word) {
        let words = self.registers();
        self.show();
        // SAFETY: as in `invoke`.
        let (info, badge, words) = unsafe { seL4_ReplyRecvWithMRs(src, info, words) };
        self.set_registers(words);
        (info, badge)
    }
}
