// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages and signals.

use crate::{
    Badge, Cap, CapType, InvocationContext, IpcBuffer, MessageInfo, NUM_FAST_MESSAGE_REGISTERS,
    Word, cap, cap_type, sys,
};

/// Types whose capabilities can be sent on and received from.
pub trait IpcCapType: CapType {}

impl IpcCapType for cap_type::Endpoint {}
impl IpcCapType for cap_type::Notification {}
impl IpcCapType for cap_type::Reply {}
impl IpcCapType for cap_type::Unspecified {}

/// What a receiver gives the kernel to keep its reply authority in: nothing, in a kernel without
/// mixed-criticality scheduling.
pub trait ConveysReplyAuthority {}

impl ConveysReplyAuthority for () {}

/// The first words of a message: an array of at most [`NUM_FAST_MESSAGE_REGISTERS`] words. Those
/// that are missing are sent as 0 if the message is longer.
pub trait FastMessages {
    /// All words.
    fn into_registers(self) -> sys::MessageRegisters;
}

impl FastMessages for () {
    #[inline(always)]
    fn into_registers(self) -> sys::MessageRegisters {
        [0; NUM_FAST_MESSAGE_REGISTERS]
    }
}

impl<const N: usize> FastMessages for [Word; N] {
    #[inline(always)]
    fn into_registers(self) -> sys::MessageRegisters {
        const { assert!(N <= NUM_FAST_MESSAGE_REGISTERS) };
        let mut registers = [0; NUM_FAST_MESSAGE_REGISTERS];
        registers[..N].copy_from_slice(&self);
        registers
    }
}

/// What a `recv_with_mrs` received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvWithMRs {
    /// The message's description.
    pub info: MessageInfo,
    /// The badge of the capability that it was sent through.
    pub badge: Badge,
    /// Its first words; the others are in the IPC buffer, at their own index.
    pub msg: [Word; NUM_FAST_MESSAGE_REGISTERS],
}

/// The reply to a `call_with_mrs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallWithMRs {
    /// The reply's description.
    pub info: MessageInfo,
    /// Its first words; the others are in the IPC buffer, at their own index.
    pub msg: [Word; NUM_FAST_MESSAGE_REGISTERS],
}

impl RecvWithMRs {
    #[inline(always)]
    fn new((info, badge, msg): (sys::seL4_MessageInfo, Word, sys::MessageRegisters)) -> Self {
        Self {
            info: MessageInfo::from_inner(info),
            badge,
            msg,
        }
    }
}

/// The message in the IPC buffer.
impl<T: IpcCapType, C: InvocationContext> Cap<T, C> {
    /// Sends the message in the IPC buffer and waits until it was received.
    #[inline(always)]
    pub fn send(self, info: MessageInfo) {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| buffer.inner_mut().seL4_Send(bits, info.into_inner()));
    }

    /// Sends the message in the IPC buffer if somebody is waiting for it, else does nothing.
    #[inline(always)]
    pub fn nb_send(self, info: MessageInfo) {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| buffer.inner_mut().seL4_NBSend(bits, info.into_inner()));
    }

    /// Sends the message in the IPC buffer and waits for the reply, which is in the buffer then.
    #[inline(always)]
    pub fn call(self, info: MessageInfo) -> MessageInfo {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            MessageInfo::from_inner(buffer.inner_mut().seL4_Call(bits, info.into_inner()))
        })
    }

    /// Waits for a message, which is in the IPC buffer then.
    #[inline(always)]
    pub fn recv(self, _reply_authority: impl ConveysReplyAuthority) -> (MessageInfo, Badge) {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let (info, badge) = buffer.inner_mut().seL4_Recv(bits);
            (MessageInfo::from_inner(info), badge)
        })
    }

    /// Takes a message if there is one; if not, the badge is 0 and the message empty.
    #[inline(always)]
    pub fn nb_recv(self, _reply_authority: impl ConveysReplyAuthority) -> (MessageInfo, Badge) {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let (info, badge) = buffer.inner_mut().seL4_NBRecv(bits);
            (MessageInfo::from_inner(info), badge)
        })
    }

    /// Replies with the message in the IPC buffer to the last caller, then waits for a message.
    #[inline(always)]
    pub fn reply_recv(
        self,
        info: MessageInfo,
        _reply_authority: impl ConveysReplyAuthority,
    ) -> (MessageInfo, Badge) {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let (info, badge) = buffer.inner_mut().seL4_ReplyRecv(bits, info.into_inner());
            (MessageInfo::from_inner(info), badge)
        })
    }
}

/// The first words in registers, further ones in the IPC buffer at their own index.
impl<T: IpcCapType, C: InvocationContext> Cap<T, C> {
    /// Like [`Cap::send`].
    #[inline(always)]
    pub fn send_with_mrs(self, info: MessageInfo, msg: impl FastMessages) {
        sys::seL4_SendWithMRs(self.bits(), info.into_inner(), msg.into_registers());
    }

    /// Like [`Cap::nb_send`].
    #[inline(always)]
    pub fn nb_send_with_mrs(self, info: MessageInfo, msg: impl FastMessages) {
        sys::seL4_NBSendWithMRs(self.bits(), info.into_inner(), msg.into_registers());
    }

    /// Like [`Cap::call`].
    #[inline(always)]
    pub fn call_with_mrs(self, info: MessageInfo, msg: impl FastMessages) -> CallWithMRs {
        let (bits, context) = self.into_parts();
        context.assert_available();
        // SAFETY: no reference to the IPC buffer exists.
        let (info, msg) =
            unsafe { sys::seL4_CallWithMRs(bits, info.into_inner(), msg.into_registers()) };
        CallWithMRs {
            info: MessageInfo::from_inner(info),
            msg,
        }
    }

    /// Like [`Cap::recv`].
    #[inline(always)]
    pub fn recv_with_mrs(self, _reply_authority: impl ConveysReplyAuthority) -> RecvWithMRs {
        let (bits, context) = self.into_parts();
        context.assert_available();
        // SAFETY: no reference to the IPC buffer exists.
        RecvWithMRs::new(unsafe { sys::seL4_RecvWithMRs(bits) })
    }

    /// Like [`Cap::nb_recv`].
    #[inline(always)]
    pub fn nb_recv_with_mrs(self, _reply_authority: impl ConveysReplyAuthority) -> RecvWithMRs {
        let (bits, context) = self.into_parts();
        context.assert_available();
        // SAFETY: no reference to the IPC buffer exists.
        RecvWithMRs::new(unsafe { sys::seL4_NBRecvWithMRs(bits) })
    }

    /// Like [`Cap::reply_recv`].
    #[inline(always)]
    pub fn reply_recv_with_mrs(
        self,
        info: MessageInfo,
        msg: impl FastMessages,
        _reply_authority: impl ConveysReplyAuthority,
    ) -> RecvWithMRs {
        let (bits, context) = self.into_parts();
        context.assert_available();
        let registers = msg.into_registers();
        // SAFETY: no reference to the IPC buffer exists.
        RecvWithMRs::new(unsafe { sys::seL4_ReplyRecvWithMRs(bits, info.into_inner(), registers) })
    }
}

impl<C: InvocationContext> cap::Notification<C> {
    /// Adds this capability's badge to the notification's bits and wakes a waiting thread.
    #[inline(always)]
    pub fn signal(self) {
        sys::seL4_Signal(self.bits());
    }

    /// Waits until bits are set, and takes them.
    #[inline(always)]
    pub fn wait(self) -> ((), Badge) {
        ((), self.recv_with_mrs(()).badge)
    }

    /// Takes the bits that are set; 0 if none is.
    #[inline(always)]
    pub fn poll(self) -> ((), Badge) {
        ((), self.nb_recv_with_mrs(()).badge)
    }
}

/// Replies to the last caller with the message in the IPC buffer; does nothing if there is none.
#[inline(always)]
pub fn reply(ipc_buffer: &mut IpcBuffer, info: MessageInfo) {
    ipc_buffer.inner_mut().seL4_Reply(info.into_inner());
}

/// Replies to the last caller with the first words in registers, further ones in the IPC buffer.
#[inline(always)]
pub fn reply_with_mrs(info: MessageInfo, msg: impl FastMessages) {
    sys::seL4_ReplyWithMRs(info.into_inner(), msg.into_registers());
}

/// Lets another thread of the same priority run.
#[inline(always)]
pub fn r#yield() {
    sys::seL4_Yield();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_words_are_zero() {
        assert_eq!(().into_registers(), [0; 4]);
        assert_eq!([7].into_registers(), [7, 0, 0, 0]);
        assert_eq!([1, 2, 3, 4].into_registers(), [1, 2, 3, 4]);
    }
}
