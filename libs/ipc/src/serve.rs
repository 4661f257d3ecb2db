// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server's side: from a received message to its answer, without a kernel.

use crate::{CapabilityAddress, Dispatch, Label, ProtocolError, ReceivedCapability, Status, wire};

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

/// What goes back: the bytes stand in the buffer that the server was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Interface, version, status.
    pub label: Label,
    /// Bytes of the message.
    pub length: usize,
    /// A copy of this capability is sent.
    pub capability: Option<CapabilityAddress>,
}

/// What a server loop drives: several interfaces on one endpoint (tell them apart by
/// [`Incoming::label`] or the badge, and [`Dispatch::dispatch`] to the right trait), and events.
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
