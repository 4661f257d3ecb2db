// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server's side: from a received message to its answer, without a kernel.

use crate::{
    CapabilityAddress, Dispatch, Interface, Label, ProtocolError, ReceivedCapability, Status,
    WORDS, wire,
};

/// Notifications that are bound to a server's thread carry this bit in their badge, callers' endpoints never do: it is
/// how the one receive operation tells them apart. The other bits are the server's own event bits, or-ed together when
/// several happened. (28 bits of badge on the oldest supported kernel.)
pub const EVENT_BADGE_BIT: u64 = 1 << 27;

/// A received message, whole words.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// Interface, version, method; `None` if the label is none of ours.
    pub label: Option<Label>,
    /// The message, whole words.
    pub bytes: &'a [u8],
    /// Who asks and what came along.
    pub call: Call,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The badge of the capability that the caller used: it cannot choose it.
    pub badge: u64,
    /// What came with the message. A capability in the receive slot that the handler does not move away is deleted
    /// before the next message.
    pub capability: ReceivedCapability,
}

/// What goes back: the bytes stand in the buffer that [`dispatch`] was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Interface, version, status.
    pub label: Label,
    /// Bytes of the message.
    pub length: usize,
    /// A copy of this capability is sent.
    pub capability: Option<CapabilityAddress>,
}

/// A handler's good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<R> {
    /// The reply.
    Reply(R),
    /// The reply with a copy of a capability.
    WithCapability(R, CapabilityAddress),
    /// No answer now: the handler has saved the caller (`SaveCaller`) and answers later with [`encode_answer`].
    Deferred,
}

/// The result of a handler.
pub type HandlerResult<'s, I> =
    Result<Answer<<I as Interface>::Reply<'s>>, <I as Interface>::Error>;

/// The result of a word method: up to [`WORDS`] words and how many of them count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordsAnswer {
    /// The reply.
    Reply([u64; WORDS], usize),
    /// No answer now, as [`Answer::Deferred`].
    Deferred,
}

/// `None`: there is no such method.
pub type WordsResult<I> = Option<Result<WordsAnswer, <I as Interface>::Error>>;

/// Serves one interface.
pub trait Handler {
    /// Which.
    type Interface: Interface;

    /// One request.
    ///
    /// # Errors
    /// The interface's own: the caller gets it as [`CallError::Refused`](crate::CallError::Refused).
    fn handle<'s>(
        &'s mut self,
        request: <Self::Interface as Interface>::Request<'_>,
        call: &Call,
    ) -> HandlerResult<'s, Self::Interface>;

    /// One word method; `words` has as many words as were sent, at most [`WORDS`].
    fn handle_words(
        &mut self,
        method: u8,
        words: &[u64],
        call: &Call,
    ) -> WordsResult<Self::Interface> {
        let _ = (method, words, call);
        None
    }
}

/// What a server loop drives: several interfaces on one endpoint (tell them apart by
/// [`Incoming::label`] and [`dispatch`] to the right handler), and events.
pub trait Server {
    /// One message. The answer goes to `buffer`; `None` if it is deferred.
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing>;

    /// Bound notifications that were signalled: the badge without [`EVENT_BADGE_BIT`].
    fn event(&mut self, bits: u64) {
        let _ = bits;
    }

    /// Asked after each message and event; the loop ends, after the answer was sent, when it is true.
    fn finished(&self) -> bool {
        false
    }
}

/// A server of one interface `I` and nothing else, over its state `S`.
pub struct Serving<I, S> {
    /// The state.
    pub state: S,
    interface: core::marker::PhantomData<fn() -> I>,
}

impl<I, S> Serving<I, S> {
    /// Over that state.
    pub const fn new(state: S) -> Self {
        Self {
            state,
            interface: core::marker::PhantomData,
        }
    }
}

impl<I: Dispatch<S>, S> Server for Serving<I, S> {
    #[inline]
    fn message(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        I::dispatch(&mut self.state, incoming, buffer)
    }
}

/// Decodes, calls the handler, encodes its answer into `buffer`. A message that is not of this interface gets a
/// [`ProtocolError`] for an answer. Never panics on any message.
pub fn dispatch<H: Handler>(
    handler: &mut H,
    incoming: &Incoming<'_>,
    buffer: &mut [u8],
) -> Option<Outgoing> {
    let label = match incoming.label {
        Some(label) if label.interface() == H::Interface::NUMBER => label,
        _ => return Some(refuse(incoming, ProtocolError::UnknownInterface, buffer)),
    };
    if label.version() != H::Interface::VERSION {
        return Some(refuse(incoming, ProtocolError::WrongVersion, buffer));
    }
    if label.method() != 0 {
        return dispatch_words(handler, label.method(), incoming, buffer);
    }
    let request = match wire::decode(incoming.bytes) {
        Ok(request) => request,
        Err(error) => return Some(refuse(incoming, error, buffer)),
    };
    let result = handler.handle(request, &incoming.call);
    encode_answer::<H::Interface>(result, buffer)
}

fn dispatch_words<H: Handler>(
    handler: &mut H,
    method: u8,
    incoming: &Incoming<'_>,
    buffer: &mut [u8],
) -> Option<Outgoing> {
    let length = incoming.bytes.len() / 8;
    if length > WORDS {
        return Some(refuse(incoming, ProtocolError::Malformed, buffer));
    }
    let words = wire::words_of(incoming.bytes);
    match handler.handle_words(method, &words[..length], &incoming.call) {
        Some(Ok(WordsAnswer::Reply(words, length))) => Some(Outgoing {
            label: Label::answer::<H::Interface>(Status::Done),
            length: wire::words_to_bytes(&words[..length.min(WORDS)], buffer),
            capability: None,
        }),
        Some(Ok(WordsAnswer::Deferred)) => None,
        Some(Err(error)) => encode_answer::<H::Interface>(Err(error), buffer),
        None => Some(refuse(incoming, ProtocolError::UnknownMethod, buffer)),
    }
}

/// Encodes a handler's result: for deferred replies. `None` if it is deferred again.
pub fn encode_answer<I: Interface>(
    result: HandlerResult<'_, I>,
    buffer: &mut [u8],
) -> Option<Outgoing> {
    let (status, encoded, capability) = match result {
        Ok(Answer::Deferred) => return None,
        Ok(Answer::Reply(reply)) => (Status::Done, wire::encode(&reply, buffer), None),
        Ok(Answer::WithCapability(reply, capability)) => {
            (Status::Done, wire::encode(&reply, buffer), Some(capability))
        }
        Err(error) => (Status::Refused, wire::encode(&error, buffer), None),
    };
    Some(match encoded {
        Ok(length) => Outgoing {
            label: Label::answer::<I>(status),
            length,
            capability,
        },
        Err(error) => protocol(Label::answer::<I>(Status::Protocol), error, buffer),
    })
}

/// The answer to a message that is not understood. It goes back under the interface and version that were asked for, so
/// that the client takes it for an answer to its question.
pub fn refuse(incoming: &Incoming<'_>, error: ProtocolError, buffer: &mut [u8]) -> Outgoing {
    // A label that is none of ours gets an answer that is for nobody.
    const NONE: Label = match Label::new(u8::MAX, 1, 0) {
        Some(label) => label,
        None => panic!("255 is a number"),
    };
    let asked = incoming.label.unwrap_or(NONE);
    protocol(asked.with_method(Status::Protocol as u8), error, buffer)
}

pub(crate) fn protocol(label: Label, error: ProtocolError, buffer: &mut [u8]) -> Outgoing {
    // One byte: it fits any buffer that is not empty.
    let length = wire::encode(&error.code(), buffer).unwrap_or(0);
    Outgoing {
        label,
        length,
        capability: None,
    }
}
