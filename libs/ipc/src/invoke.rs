// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client's side of a method: what the generated clients consist of.

use crate::method::register_words;
use crate::transport::WordsOutcome;
use crate::{
    CallError, CapabilityAddress, Data, Definition, FixedWords, Label, Method, Outcome,
    ProtocolError, ReceiveSlot, ReceivedCapability, Send, Status, Transport, wire,
};

/// Where a client gets its transport from: the environment of a process, or a mock.
pub trait Connector {
    /// What it gives.
    type Transport: Transport;
    /// Why it gives none.
    type Error;

    /// The service of that name.
    ///
    /// # Errors
    /// If there is none.
    fn connect(&self, name: &'static str) -> Result<Self::Transport, Self::Error>;
}

/// Calls a method. Whether the message travels in registers or in the buffer is decided at compile time.
///
/// # Errors
/// See [`CallError`]. A receive slot may have been filled even then.
#[inline]
pub fn invoke<M: Method, T: Transport, R>(
    transport: &T,
    request: &M::Request<'_>,
    capability: Option<CapabilityAddress>,
    receive: Option<ReceiveSlot>,
    then: impl FnOnce(M::Reply<'_>, ReceivedCapability) -> R,
) -> Result<R, CallError<M::Error>> {
    if !T::RECONNECTS {
        return once::<M, T, R>(transport, request, capability, receive, then);
    }
    // What is called with a reply is called once, so it is still there if none came.
    let mut then = Some(then);
    let mut ask = || {
        let take = |reply: M::Reply<'_>, received| then.take().map(|then| then(reply, received));
        match once::<M, T, Option<R>>(transport, request, capability, receive, take) {
            Ok(Some(result)) => Ok(result),
            Ok(None) => Err(ProtocolError::ForeignAnswer.into()),
            Err(error) => Err(error),
        }
    };
    match ask() {
        Err(CallError::Gone) if transport.reconnect() => match M::REPEATABLE {
            true => ask(),
            false => Err(CallError::Restarted),
        },
        answer => answer,
    }
}

/// Calls a method of the server that is there.
#[inline]
fn once<M: Method, T: Transport, R>(
    transport: &T,
    request: &M::Request<'_>,
    capability: Option<CapabilityAddress>,
    receive: Option<ReceiveSlot>,
    then: impl FnOnce(M::Reply<'_>, ReceivedCapability) -> R,
) -> Result<R, CallError<M::Error>> {
    let label = Label::of::<M::Interface>(M::NUMBER);
    let in_registers = const {
        match register_words::<M::Request<'static>>() {
            Some(words) if !M::SENDS_CAPABILITY && !M::RETURNS_CAPABILITY => Some(words),
            _ => None,
        }
    };
    if let Some(length) = in_registers {
        let mut words = FixedWords::default();
        request.put(&mut words, 0);
        return transport.call_words(label, words.0, length, |outcome| match outcome {
            WordsOutcome::Done(words, length) => reply_in_registers::<M, R>(words, length, then),
            WordsOutcome::Other(outcome) => reply::<M, R>(&outcome, then),
        })?;
    }
    let send = Send {
        label,
        capability,
        receive,
    };
    transport.call(
        send,
        |buffer| encode::<M::Request<'_>>(request, buffer),
        |outcome| reply::<M, R>(&outcome, then),
    )?
}

/// Reads a reply that came in registers.
#[inline(always)]
fn reply_in_registers<M: Method, R>(
    words: [u64; crate::WORDS],
    length: usize,
    then: impl FnOnce(M::Reply<'_>, ReceivedCapability) -> R,
) -> Result<R, CallError<M::Error>> {
    if const { register_words::<M::Reply<'static>>() } == Some(length) {
        let reply = take_fixed(&FixedWords(words)).ok_or(ProtocolError::ForeignAnswer)?;
        return Ok(then(reply, ReceivedCapability::None));
    }
    let mut bytes = [0; FixedWords::BYTES];
    wire::words_to_bytes(&words, &mut bytes);
    let reply = decode(&bytes[..length * 8])?;
    Ok(then(reply, ReceivedCapability::None))
}

/// Reads any answer.
fn reply<M: Method, R>(
    outcome: &Outcome<'_>,
    then: impl FnOnce(M::Reply<'_>, ReceivedCapability) -> R,
) -> Result<R, CallError<M::Error>> {
    match status::<M::Interface>(outcome)? {
        Status::Done => {
            if M::RETURNS_CAPABILITY && outcome.capability == ReceivedCapability::None {
                return Err(ProtocolError::CapabilityMissing.into());
            }
            Ok(then(decode(outcome.bytes)?, outcome.capability))
        }
        Status::Refused => Err(CallError::Refused(decode(outcome.bytes)?)),
        Status::Protocol => {
            let code = wire::decode(outcome.bytes)?;
            match ProtocolError::from_code(code) {
                Some(ProtocolError::NoSuchObject) => Err(CallError::Gone),
                Some(error) => Err(error.into()),
                None => Err(ProtocolError::ForeignAnswer.into()),
            }
        }
    }
}

/// Whether the answer is one of this interface and version. A server that does not know the interface answers under
/// the label that it was asked with, so a protocol error passes too.
fn status<I: Definition>(outcome: &Outcome<'_>) -> Result<Status, ProtocolError> {
    let label = outcome.label;
    match label.status() {
        Some(status) if label.interface() == I::NUMBER && label.version() == I::VERSION => {
            Ok(status)
        }
        _ => Err(ProtocolError::ForeignAnswer),
    }
}

/// Takes a fixed form with nothing behind it.
#[inline(always)]
fn take_fixed<T: Data>(words: &FixedWords) -> Option<T> {
    let clean = words.ends_clean(T::FIXED.unwrap_or(0));
    T::take(words, 0).filter(|_| clean)
}

/// Puts a value into a message; its length in bytes.
#[inline(always)]
pub(crate) fn encode<T: Data + serde::Serialize>(
    value: &T,
    buffer: &mut [u8],
) -> Result<usize, ProtocolError> {
    match register_words::<T>() {
        Some(length) => {
            let mut words = FixedWords::default();
            value.put(&mut words, 0);
            wire::words_to_bytes(&words.0[..length], buffer);
            Ok(length * 8)
        }
        None => wire::encode(value, buffer),
    }
}

/// Reads a value out of a message of whole words.
#[inline(always)]
pub(crate) fn decode<'a, T: Data + serde::Deserialize<'a>>(
    bytes: &'a [u8],
) -> Result<T, ProtocolError> {
    match register_words::<T>() {
        Some(length) if bytes.len() == length * 8 => {
            take_fixed(&FixedWords(wire::words_of(bytes))).ok_or(ProtocolError::Malformed)
        }
        Some(_) => Err(ProtocolError::Malformed),
        None => wire::decode(bytes),
    }
}
