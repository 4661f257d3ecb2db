// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with a call, and whose fault it is.

use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a call brought no reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallError<E> {
    /// You asked wrong, in the interface's own terms: the server understood and refused.
    Refused(E),
    /// You asked wrong: the message itself is not what the server takes, or its answer is not what
    /// this interface says. Client and server are probably of different builds.
    Protocol(ProtocolError),
    /// It is not there any more: the server ended, took the capability back, or has removed the object behind it. If the
    /// server ended during the call, it may have done what was asked, or not.
    Gone,
    /// The server ended and its successor is there (seen by clients over a [`Reconnecting`](crate::Reconnecting)
    /// transport). Whether the old one did what was asked is not known; sessions and objects of before are gone. The next
    /// call goes to the successor.
    Restarted,
    /// There was no answer within the time that the caller gave. Whether the server did what was asked, or still will, is
    /// not known; an answer that comes later reaches nobody.
    TimedOut,
    /// The kernel refused an operation that the call needs.
    Transport(TransportError),
}

/// A message that is not of the interface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ProtocolError {
    /// The receiver does not serve this interface.
    UnknownInterface = 1,
    /// The receiver serves another version of this interface.
    WrongVersion = 2,
    /// The interface has no such word method.
    UnknownMethod = 3,
    /// The message does not decode: too short, too long, or no such request.
    Malformed = 4,
    /// The request or the reply does not fit a message. Ask for less at a time.
    TooLong = 5,
    /// The method needs a capability with the message.
    CapabilityMissing = 6,
    /// The answer that came back is none of this interface (seen by the client only).
    ForeignAnswer = 7,
    /// The object behind the capability is gone, or never was; a client sees [`CallError::Gone`].
    NoSuchObject = 8,
}

/// The error of what refuses nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Never {}

/// A kernel operation that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TransportError {
    /// What was tried, such as `"Call"`.
    pub operation: &'static str,
    /// The kernel's error number (the label of its answer); its name is in the kernel's headers
    /// (`seL4_Error`).
    pub kernel_error: u64,
}

impl ProtocolError {
    /// As it travels in word 0 of an answer.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// `None` for a number that this side does not know.
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::UnknownInterface,
            2 => Self::WrongVersion,
            3 => Self::UnknownMethod,
            4 => Self::Malformed,
            5 => Self::TooLong,
            6 => Self::CapabilityMissing,
            7 => Self::ForeignAnswer,
            8 => Self::NoSuchObject,
            _ => return None,
        })
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownInterface => "the receiver does not serve this interface",
            Self::WrongVersion => "the receiver serves another version of this interface",
            Self::UnknownMethod => "the interface has no such method",
            Self::Malformed => "the message does not decode",
            Self::TooLong => "it does not fit a message; ask for less at a time",
            Self::CapabilityMissing => "the method needs a capability with the message",
            Self::ForeignAnswer => "the answer is none of this interface",
            Self::NoSuchObject => "the object behind the capability is gone",
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the kernel refused {} (seL4 error {})",
            self.operation, self.kernel_error
        )
    }
}

impl<E: fmt::Debug> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "refused: {error:?}"),
            Self::Protocol(error) => error.fmt(f),
            Self::Gone => f.write_str("the server or its object is not there any more"),
            Self::Restarted => f.write_str(
                "the server was started anew: what it knew of this client is gone; ask again",
            ),
            Self::TimedOut => f.write_str("the server did not answer in time"),
            Self::Transport(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for CallError<E> {}
impl core::error::Error for ProtocolError {}
impl core::error::Error for TransportError {}

impl<E> From<ProtocolError> for CallError<E> {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

impl<E> From<TransportError> for CallError<E> {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl<E> CallError<E> {
    /// The same error in another interface's terms, for a server that asks another one.
    pub fn map_refused<F>(self, f: impl FnOnce(E) -> F) -> CallError<F> {
        match self {
            Self::Refused(error) => CallError::Refused(f(error)),
            Self::Protocol(error) => CallError::Protocol(error),
            Self::Gone => CallError::Gone,
            Self::Restarted => CallError::Restarted,
            Self::TimedOut => CallError::TimedOut,
            Self::Transport(error) => CallError::Transport(error),
        }
    }
}
