// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clients that outlive their server.

use crate::{
    Label, Outcome, ProtocolError, Send, Transport, TransportFailure, WORDS, WordsOutcome,
};

/// A transport that finds the server's successor when the server has ended.
///
/// A call that fails because the server ended gives [`CallError::Restarted`](crate::CallError::Restarted) when the
/// successor is there: what the old server knew of this client (sessions, objects, calls that it had begun) is gone, and
/// only the client can know what to do about that. A method that is marked `#[repeatable]` has nothing to lose: it is
/// asked again, once. If there is no successor, the error is [`CallError::Gone`](crate::CallError::Gone), as it is over any
/// other transport.
#[derive(Clone, Copy, Debug)]
pub struct Reconnecting<T, F> {
    transport: T,
    renew: F,
}

impl<T, F: Fn(&T) -> bool> Reconnecting<T, F> {
    /// `renew` has `transport` lead to the server's successor, and tells whether there is one.
    pub const fn new(transport: T, renew: F) -> Self {
        Self { transport, renew }
    }

    /// The transport below.
    pub const fn transport(&self) -> &T {
        &self.transport
    }
}

impl<T: Transport, F: Fn(&T) -> bool> Transport for Reconnecting<T, F> {
    const RECONNECTS: bool = true;

    fn reconnect(&self) -> bool {
        (self.renew)(&self.transport)
    }

    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        self.transport.call(send, encode, decode)
    }

    #[inline]
    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        self.transport.call_words(label, words, length, decode)
    }
}
