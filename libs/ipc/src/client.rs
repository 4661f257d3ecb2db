// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client's side of an interface.

use crate::transport::WordsOutcome;
use crate::{
    CallError, CapabilityAddress, Interface, Label, Outcome, ProtocolError, ReceiveSlot,
    ReceivedCapability, Send, Status, Transport, WORDS, wire,
};
use core::marker::PhantomData;

/// Speaks interface `I` over `T` (on seL4: `croft_ipc::kernel::Endpoint`).
pub struct Client<I, T> {
    transport: T,
    interface: PhantomData<fn() -> I>,
}

impl<I, T: Clone> Clone for Client<I, T> {
    fn clone(&self) -> Self {
        Self {
            transport: self.transport.clone(),
            interface: PhantomData,
        }
    }
}

impl<I, T: Copy> Copy for Client<I, T> {}

impl<I: Interface, T: Transport> Client<I, T> {
    /// Nothing is sent yet; a wrong capability shows with the first call.
    pub const fn new(transport: T) -> Self {
        Self {
            transport,
            interface: PhantomData,
        }
    }

    /// What carries the messages.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Asks and reads the reply with `read`, which must make no kernel calls (the reply may borrow from the message
    /// buffer). For a reply without borrows: `|reply| reply`.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn call<R>(
        &self,
        request: &I::Request<'_>,
        read: impl FnOnce(I::Reply<'_>) -> R,
    ) -> Result<R, CallError<I::Error>> {
        self.call_with_capability(request, None, None, |reply, _| read(reply))
    }

    /// The same with a capability to send and a slot for one that comes back.
    ///
    /// # Errors
    /// See [`CallError`]. The slot may have been filled even then, when the server sent one with its error.
    pub fn call_with_capability<R>(
        &self,
        request: &I::Request<'_>,
        capability: Option<CapabilityAddress>,
        receive: Option<ReceiveSlot>,
        read: impl FnOnce(I::Reply<'_>, ReceivedCapability) -> R,
    ) -> Result<R, CallError<I::Error>> {
        let send = Send {
            label: Label::request::<I>(0),
            capability,
            receive,
        };
        self.transport.call(
            send,
            |buffer| wire::encode(request, buffer),
            |outcome| match check::<I>(&outcome)? {
                Status::Done => Ok(read(wire::decode(outcome.bytes)?, outcome.capability)),
                other => Err(failure::<I>(other, &outcome)),
            },
        )?
    }

    /// Calls word method `method` (1 … 255) with up to [`WORDS`] words; gives the reply's words. Stays on the kernel's
    /// fast path both ways.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn call_words<const N: usize>(
        &self,
        method: u8,
        words: [u64; N],
    ) -> Result<[u64; WORDS], CallError<I::Error>> {
        const { assert!(N <= WORDS, "a word call carries at most 4 words") };
        let mut message = [0; WORDS];
        message[..N].copy_from_slice(&words);
        self.transport.call_words(
            Label::request::<I>(method),
            message,
            N,
            |outcome| match outcome {
                WordsOutcome::Done(mut words, length) => {
                    words[length..].fill(0);
                    Ok(words)
                }
                WordsOutcome::Other(outcome) => match check::<I>(&outcome)? {
                    Status::Done => Ok(wire::words_of(outcome.bytes)),
                    other => Err(failure::<I>(other, &outcome)),
                },
            },
        )?
    }
}

/// Whether the answer is one of this interface and version. A server that does not know the interface answers under
/// the label that it was asked with, so a protocol error passes too.
fn check<I: Interface>(outcome: &Outcome<'_>) -> Result<Status, ProtocolError> {
    let label = outcome.label;
    match label.status() {
        Some(status) if label.interface() == I::NUMBER && label.version() == I::VERSION => {
            Ok(status)
        }
        _ => Err(ProtocolError::ForeignAnswer),
    }
}

#[cold]
fn failure<I: Interface>(status: Status, outcome: &Outcome<'_>) -> CallError<I::Error> {
    let decoded = match status {
        Status::Refused => wire::decode(outcome.bytes).map(CallError::Refused),
        _ => wire::decode(outcome.bytes)
            .and_then(|code| ProtocolError::from_code(code).ok_or(ProtocolError::ForeignAnswer))
            .map(CallError::Protocol),
    };
    decoded.unwrap_or_else(CallError::Protocol)
}
