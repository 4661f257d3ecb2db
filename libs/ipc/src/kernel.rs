// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages through the kernel: the client's transport, the server's loop, deferred replies.

use crate::transport::{TransportFailure, WordsOutcome};
use crate::{
    Call, CapabilityAddress, EVENT_BADGE_BIT, Incoming, Label, MESSAGE_BYTES, Method, Outcome,
    Outgoing, ProtocolError, ReceiveSlot, ReceivedCapability, Send, Server, Status, Transport,
    TransportError, WORDS, late_answer, trace, wire, words_of,
};
use sel4::{AbsoluteCPtr, CPtr, IpcBuffer, MessageInfo, MessageInfoBuilder, RecvWithMRs, cap};

/// Calls through an endpoint capability: the [`Transport`] of clients on seL4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint(pub cap::Endpoint);

impl Endpoint {
    /// The endpoint capability at that address.
    pub const fn from_bits(bits: u64) -> Self {
        Self(cap::Endpoint::from_bits(bits))
    }
}

impl Transport for Endpoint {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        sel4::with_ipc_buffer_mut(|buffer| {
            let call = |buffer: &mut IpcBuffer, info| {
                if trace::on() {
                    trace::called(info, self.0.bits());
                }
                let info = self.0.with(buffer).call(info);
                if trace::on() {
                    trace::returned(info, self.0.bits());
                }
                Ok(info)
            };
            exchange(buffer, send, encode, decode, call)
        })
    }

    #[inline]
    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let info = MessageInfoBuilder::default()
            .label(label.to_bits())
            .length(length)
            .build();
        if trace::on() {
            trace::called(info, self.0.bits());
        }
        let answer = self.0.call_with_mrs(info, words);
        if trace::on() {
            trace::returned(answer.info, self.0.bits());
        }
        word_answer(label, answer, decode)
    }
}

/// What a call with a message in `buffer` consists of; `call` is the system call, with the message's first words in the
/// buffer too.
#[inline(always)]
pub fn exchange<R>(
    buffer: &mut IpcBuffer,
    send: Send,
    encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
    decode: impl FnOnce(Outcome<'_>) -> R,
    call: impl FnOnce(&mut IpcBuffer, MessageInfo) -> Result<MessageInfo, TransportFailure>,
) -> Result<R, TransportFailure> {
    let length = encode(buffer.msg_bytes_mut()).map_err(TransportFailure::Protocol)?;
    let mut info = MessageInfoBuilder::default()
        .label(send.label.to_bits())
        .length(length.div_ceil(8));
    if let Some(capability) = send.capability {
        buffer.caps_or_badges_mut()[0] = capability.0;
        info = info.extra_caps(1);
    }
    // A server that calls from within a handler has a receive slot of its own set: it must not be filled by the answer to
    // this call.
    let own = receive_slot(buffer);
    buffer.set_recv_slot(&send.receive.map_or_else(no_slot, absolute));
    let info = call(buffer, info.build());
    buffer.set_recv_slot(&own);
    outcome(info?, buffer).map(decode)
}

/// Reads the answer to a message of words under `label`.
#[inline(always)]
pub fn word_answer<R>(
    label: Label,
    answer: sel4::CallWithMRs,
    decode: impl FnOnce(WordsOutcome<'_>) -> R,
) -> Result<R, TransportFailure> {
    let done = label.with_method(Status::Done as u8);
    let length = answer.info.length();
    if answer.info.label() == done.to_bits() && length <= WORDS && answer.info.extra_caps() == 0 {
        return Ok(decode(WordsOutcome::Done(answer.msg, length)));
    }
    slow_answer(answer, decode)
}

/// The answer to a word call that is not just words: an error, or nonsense.
#[cold]
fn slow_answer<R>(
    answer: sel4::CallWithMRs,
    decode: impl FnOnce(WordsOutcome<'_>) -> R,
) -> Result<R, TransportFailure> {
    if answer.info.extra_caps() != 0 {
        // No answer to a word call has a capability. Whoever sent one must not get it into the caller's receive slot. An
        // error means that it did not: it was one of the caller's own, which the kernel unwraps.
        let _ = sel4::with_ipc_buffer(receive_slot).delete();
        return Err(TransportFailure::Protocol(ProtocolError::ForeignAnswer));
    }
    sel4::with_ipc_buffer_mut(|buffer| {
        buffer.msg_regs_mut()[..WORDS].copy_from_slice(&answer.msg);
        outcome(answer.info, buffer).map(|outcome| decode(WordsOutcome::Other(outcome)))
    })
}

/// Serves `server` on `endpoint` until it is [finished](Server::finished). Events of the notification that is bound to
/// this thread come to [`Server::event`]. With `receive`, an empty slot, one capability is accepted with each message;
/// one that the handler leaves there is deleted.
pub fn serve<S: Server>(endpoint: cap::Endpoint, receive: Option<AbsoluteCPtr>, server: &mut S) {
    let mut port = Port::new(endpoint);
    let mut answer = None;
    sel4::with_ipc_buffer_mut(|buffer| buffer.set_recv_slot(&receive.unwrap_or_else(no_slot)));
    while !server.finished() {
        let message = port.wait(answer.take());
        if message.badge & EVENT_BADGE_BIT != 0 {
            server.event(message.badge & !EVENT_BADGE_BIT);
            continue;
        }
        answer = port.answer(&message, |incoming, buffer| {
            server.message(incoming, buffer)
        });
        if let (ReceivedCapability::InSlot, Some(slot)) = (came_along(message.info), receive) {
            // Nothing to be done about an error: the next capability would be dropped by the kernel then.
            let _ = slot.delete();
        }
    }
    if let Some(answer) = answer {
        answer.send();
    }
}

/// What a server's loop consists of: the wait for messages, and the room that messages and answers need.
pub struct Port {
    endpoint: cap::Endpoint,
    input: [u8; MESSAGE_BYTES],
    output: [u8; MESSAGE_BYTES],
}

/// An answer that was not sent yet. What does not fit registers stands in the IPC buffer: between this and its sending
/// only kernel objects may be invoked.
#[derive(Clone, Copy, Debug)]
#[must_use = "who asked waits for it"]
pub struct Ready {
    info: MessageInfo,
    words: [u64; WORDS],
}

impl Ready {
    /// Sends it to who asked last.
    pub fn send(self) {
        sel4::reply_with_mrs(self.info, self.words);
    }
}

impl Port {
    /// Receives on `endpoint`.
    #[must_use]
    pub const fn new(endpoint: cap::Endpoint) -> Self {
        Self {
            endpoint,
            input: [0; MESSAGE_BYTES],
            output: [0; MESSAGE_BYTES],
        }
    }

    /// Sends the answer, if there is one, and waits for a message. It may be an event, or the kernel's (a fault).
    #[inline(always)]
    pub fn wait(&mut self, answer: Option<Ready>) -> RecvWithMRs {
        let message = match answer {
            Some(Ready { info, words }) => self.endpoint.reply_recv_with_mrs(info, words, ()),
            None => self.endpoint.recv_with_mrs(()),
        };
        if trace::on() {
            trace::received(message.info, message.badge);
        }
        message
    }

    /// Has `serve` answer a message; `None` if the answer comes later.
    #[inline(always)]
    pub fn answer(
        &mut self,
        message: &RecvWithMRs,
        serve: impl FnOnce(&Incoming<'_>, &mut [u8]) -> Option<Outgoing>,
    ) -> Option<Ready> {
        wire::words_to_bytes(&message.msg, &mut self.input);
        let info = message.info;
        let length = info.bounded_length();
        if length > WORDS {
            let range = WORDS * 8..length * 8;
            sel4::with_ipc_buffer(|buffer| {
                self.input[range.clone()].copy_from_slice(&buffer.msg_bytes()[range])
            });
        }
        let capability = match info.extra_caps() {
            0 => ReceivedCapability::None,
            _ => sel4::with_ipc_buffer(|buffer| received(info, buffer)),
        };
        let incoming = Incoming {
            label: Label::from_bits(info.label()),
            bytes: &self.input[..length * 8],
            call: Call {
                badge: message.badge,
                capability,
            },
        };
        let answer = serve(&incoming, &mut self.output).map(|outgoing| {
            let (info, words) = put(&outgoing, &self.output);
            Ready { info, words }
        });
        if trace::on() {
            let answer = answer.as_ref().map(|ready| ready.info);
            trace::answered(info, message.badge, answer);
        }
        answer
    }
}

/// Sends the result of method `M` through a saved reply capability.
pub fn answer_late<M: Method>(reply: CPtr, result: Result<M::Reply<'_>, M::Error>) {
    let mut bytes = [0; MESSAGE_BYTES];
    let outgoing = late_answer::<M>(result, &mut bytes);
    send_answer(reply, &outgoing, &bytes);
}

/// Sends an answer through a saved reply capability, which is used up. The caller may be gone; then nothing happens.
pub fn send_answer(reply: CPtr, outgoing: &Outgoing, bytes: &[u8; MESSAGE_BYTES]) {
    let (info, words) = put(outgoing, bytes);
    if trace::on() {
        trace::answered_late(info, reply.bits());
    }
    reply
        .cast::<sel4::cap_type::Reply>()
        .send_with_mrs(info, words);
}

/// The info and first words of a message; the other words and the capability are put into the IPC buffer.
#[inline(always)]
fn put(outgoing: &Outgoing, bytes: &[u8; MESSAGE_BYTES]) -> (MessageInfo, [u64; WORDS]) {
    let words = outgoing.length.div_ceil(8);
    let mut info = MessageInfoBuilder::default()
        .label(outgoing.label.to_bits())
        .length(words);
    if words > WORDS || outgoing.capability.is_some() {
        sel4::with_ipc_buffer_mut(|buffer| {
            buffer.msg_bytes_mut()[..words * 8].copy_from_slice(&bytes[..words * 8]);
            if let Some(capability) = outgoing.capability {
                buffer.caps_or_badges_mut()[0] = capability.0;
                info = info.extra_caps(1);
            }
        });
    }
    (info.build(), words_of(&bytes[..WORDS * 8]))
}

/// No place for a capability.
fn no_slot() -> AbsoluteCPtr {
    absolute(ReceiveSlot {
        root: 0,
        index: 0,
        depth: 0,
    })
}

fn receive_slot(buffer: &IpcBuffer) -> AbsoluteCPtr {
    let (root, index, depth) = buffer.recv_slot();
    root.cast::<sel4::cap_type::CNode>()
        .absolute_cptr_from_bits_with_depth(index, depth)
}

fn absolute(slot: ReceiveSlot) -> AbsoluteCPtr {
    cap::CNode::from_bits(slot.root)
        .absolute_cptr_from_bits_with_depth(slot.index, slot.depth.into())
}

impl From<AbsoluteCPtr> for ReceiveSlot {
    fn from(slot: AbsoluteCPtr) -> Self {
        let path = slot.path();
        // A depth is at most the number of bits of a word.
        Self {
            root: slot.root().bits(),
            index: path.bits(),
            depth: path.depth() as u8,
        }
    }
}

impl From<CPtr> for CapabilityAddress {
    fn from(capability: CPtr) -> Self {
        Self(capability.bits())
    }
}

/// What came along, without the badge of what was unwrapped.
#[inline(always)]
fn came_along(info: MessageInfo) -> ReceivedCapability {
    match (info.extra_caps(), info.caps_unwrapped() & 1) {
        (0, _) => ReceivedCapability::None,
        (_, 0) => ReceivedCapability::InSlot,
        _ => ReceivedCapability::Own { badge: 0 },
    }
}

fn received(info: MessageInfo, buffer: &IpcBuffer) -> ReceivedCapability {
    match came_along(info) {
        ReceivedCapability::Own { .. } => ReceivedCapability::Own {
            badge: buffer.caps_or_badges()[0],
        },
        other => other,
    }
}

fn outcome(info: MessageInfo, buffer: &IpcBuffer) -> Result<Outcome<'_>, TransportFailure> {
    match Label::from_bits(info.label()) {
        Some(label) => Ok(Outcome {
            label,
            bytes: &buffer.msg_bytes()[..info.bounded_length() * 8],
            capability: received(info, buffer),
        }),
        None => Err(kernel_failure(info)),
    }
}

/// The answer is the kernel's own: there was no server behind the capability.
#[cold]
fn kernel_failure(info: MessageInfo) -> TransportFailure {
    let label = info.label();
    match u32::try_from(label).ok().and_then(sel4::Error::from_sys) {
        Some(sel4::Error::InvalidCapability) => TransportFailure::Gone,
        Some(_) => TransportFailure::Kernel(TransportError {
            operation: "Call",
            kernel_error: label,
        }),
        None => TransportFailure::Protocol(ProtocolError::ForeignAnswer),
    }
}
