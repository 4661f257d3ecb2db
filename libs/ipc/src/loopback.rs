// SPDX-License-Identifier: MIT OR Apache-2.0
//! A transport without a kernel: the client's messages go straight to a handler in the same program. For host tests of
//! servers, byte for byte what the kernel would carry.

use crate::transport::{TransportFailure, WordsOutcome};
use crate::{
    Call, Handler, Incoming, Label, MESSAGE_BYTES, Outcome, ProtocolError, ReceivedCapability,
    Send, Transport, WORDS, serve, wire,
};
use core::cell::RefCell;

/// Connects a [`Client`](crate::Client) with a handler.
pub struct Loopback<H> {
    handler: RefCell<H>,
    badge: u64,
}

impl<H: Handler> Loopback<H> {
    /// The client calls with badge 0.
    pub fn new(handler: H) -> Self {
        Self::with_badge(handler, 0)
    }

    /// The client calls with this badge.
    pub fn with_badge(handler: H, badge: u64) -> Self {
        Self {
            handler: RefCell::new(handler),
            badge,
        }
    }

    /// The handler, to look at or to change what it sees.
    pub fn handler(&self) -> core::cell::RefMut<'_, H> {
        self.handler.borrow_mut()
    }

    fn carry<R>(
        &self,
        label: Label,
        bytes: &[u8],
        capability: ReceivedCapability,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let mut buffer = [0; MESSAGE_BYTES];
        let call = Call {
            badge: self.badge,
            capability,
        };
        let incoming = Incoming {
            label: Label::from_bits(label.to_bits()),
            bytes,
            call,
        };
        let answer = serve::dispatch(&mut *self.handler.borrow_mut(), &incoming, &mut buffer);
        // A deferred answer never comes here: for the caller it is as if the server had gone.
        let outgoing = answer.ok_or(TransportFailure::Gone)?;
        let capability = match outgoing.capability {
            Some(_) => ReceivedCapability::InSlot,
            None => ReceivedCapability::None,
        };
        let bytes = &buffer[..outgoing.length.next_multiple_of(8).min(MESSAGE_BYTES)];
        Ok(decode(Outcome {
            label: outgoing.label,
            bytes,
            capability,
        }))
    }
}

impl<H: Handler> Transport for Loopback<H> {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let mut buffer = [0; MESSAGE_BYTES];
        let length = encode(&mut buffer).map_err(TransportFailure::Protocol)?;
        let capability = match send.capability {
            Some(_) => ReceivedCapability::InSlot,
            None => ReceivedCapability::None,
        };
        self.carry(
            send.label,
            &buffer[..length.next_multiple_of(8)],
            capability,
            decode,
        )
    }

    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let mut buffer = [0; WORDS * 8];
        let length = wire::words_to_bytes(&words[..length], &mut buffer);
        self.carry(
            label,
            &buffer[..length],
            ReceivedCapability::None,
            |outcome| decode(WordsOutcome::Other(outcome)),
        )
    }
}
