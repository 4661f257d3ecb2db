// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server's side of a method: what the generated dispatch consists of.

use crate::serve::protocol;
use crate::{
    CapabilityAddress, Definition, Incoming, Label, Method, Outgoing, ProtocolError,
    ReceivedCapability, Status, invoke, refuse,
};

/// Who asks: the capability that was used tells it, nobody can choose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The badge of the capability that the caller used.
    pub badge: u64,
    /// What was asked: the answer goes back under the same interface and version.
    pub label: Label,
}

/// A reply that may come later: the method has saved the caller then, and answers when it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferrable<R> {
    /// The reply.
    Now(R),
    /// The caller was saved.
    Later,
}

/// An interface with the code that finds the method of a server `S` for a message.
pub trait Dispatch<S: ?Sized>: Definition {
    /// Calls the method. `Ok(None)` if the answer comes later.
    ///
    /// # Errors
    /// If the message is not one of this method.
    fn dispatch_method(
        server: &mut S,
        method: u8,
        incoming: &Incoming<'_>,
        buffer: &mut [u8],
    ) -> Result<Option<Outgoing>, ProtocolError>;

    /// Decodes, calls the method, encodes its answer into `buffer`; `None` if the answer comes later. A message that is not
    /// of this interface gets a [`ProtocolError`] for an answer. Never panics on any message.
    #[inline]
    fn dispatch(server: &mut S, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        let result = match method_of::<Self>(incoming) {
            Ok(method) => Self::dispatch_method(server, method, incoming, buffer),
            Err(error) => Err(error),
        };
        result.unwrap_or_else(|error| Some(refuse(incoming, error, buffer)))
    }
}

/// The number of the method that is asked for.
#[inline(always)]
fn method_of<I: Definition + ?Sized>(incoming: &Incoming<'_>) -> Result<u8, ProtocolError> {
    let label = incoming.label.ok_or(ProtocolError::UnknownInterface)?;
    match label.method_within(Label::of::<I>(0)) {
        Some(method) => Ok(method),
        None => Err(foreign::<I>(label)),
    }
}

#[cold]
fn foreign<I: Definition + ?Sized>(label: Label) -> ProtocolError {
    if label.interface() == I::NUMBER {
        ProtocolError::WrongVersion
    } else {
        ProtocolError::UnknownInterface
    }
}

/// Who asks.
#[inline(always)]
#[must_use]
pub fn caller<M: Method>(incoming: &Incoming<'_>) -> Caller {
    Caller {
        badge: incoming.call.badge,
        label: Label::of::<M::Interface>(M::NUMBER),
    }
}

/// The arguments of a message.
///
/// # Errors
/// [`ProtocolError::Malformed`].
#[inline(always)]
pub fn arguments<'a, M: Method>(incoming: &Incoming<'a>) -> Result<M::Request<'a>, ProtocolError> {
    invoke::decode(incoming.bytes)
}

/// The capability that must have come with a message.
///
/// # Errors
/// [`ProtocolError::CapabilityMissing`].
pub fn capability(incoming: &Incoming<'_>) -> Result<ReceivedCapability, ProtocolError> {
    match incoming.call.capability {
        ReceivedCapability::None => Err(ProtocolError::CapabilityMissing),
        capability => Ok(capability),
    }
}

/// Encodes a method's result.
///
/// # Errors
/// [`ProtocolError::TooLong`], if `buffer` is shorter than a message.
#[inline(always)]
pub fn answer<M: Method>(
    result: Result<(M::Reply<'_>, Option<CapabilityAddress>), M::Error>,
    buffer: &mut [u8],
) -> Result<Outgoing, ProtocolError> {
    match result {
        Ok((reply, capability)) => Ok(Outgoing {
            label: Label::answer_of::<M::Interface>(Status::Done),
            length: invoke::encode(&reply, buffer)?,
            capability,
        }),
        Err(error) => refusal::<M>(&error, buffer),
    }
}

#[cold]
fn refusal<M: Method>(error: &M::Error, buffer: &mut [u8]) -> Result<Outgoing, ProtocolError> {
    Ok(Outgoing {
        label: Label::answer_of::<M::Interface>(Status::Refused),
        length: invoke::encode(error, buffer)?,
        capability: None,
    })
}

/// Encodes a result for a caller that was saved.
#[must_use]
pub fn late_answer<M: Method>(
    result: Result<M::Reply<'_>, M::Error>,
    buffer: &mut [u8],
) -> Outgoing {
    answer::<M>(result.map(|reply| (reply, None)), buffer).unwrap_or_else(|error| {
        protocol(
            Label::answer_of::<M::Interface>(Status::Protocol),
            error,
            buffer,
        )
    })
}

/// What a caller gets whose question will not be answered: for it the object is gone.
#[must_use]
pub fn no_answer(caller: &Caller, buffer: &mut [u8]) -> Outgoing {
    let label = caller.label.with_method(Status::Protocol as u8);
    protocol(label, ProtocolError::NoSuchObject, buffer)
}
