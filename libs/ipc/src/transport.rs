// SPDX-License-Identifier: MIT OR Apache-2.0
//! What carries a message: the kernel, or a mock on the host.

use crate::{Label, ProtocolError, Status, TransportError, WORDS, wire};

/// The address of a capability in the caller's own CSpace (a `CPtr`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CapabilityAddress(pub u64);

/// An empty slot for a capability that comes with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiveSlot {
    /// The CNode's address.
    pub root: u64,
    /// The slot's address in it.
    pub index: u64,
    /// How many bits of `index` count.
    pub depth: u8,
}

/// The capability that came with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReceivedCapability {
    /// None came (or there was no empty slot for it: the kernel drops it then).
    #[default]
    None,
    /// It is in the receive slot.
    InSlot,
    /// It was a badged capability of the very endpoint that the message came through; the kernel tells its badge
    /// instead. This is how a server identifies what it made itself.
    Own {
        /// The badge that the server minted it with.
        badge: u64,
    },
}

/// What goes along with the bytes of a request.
#[derive(Clone, Copy, Debug)]
pub struct Send {
    /// Interface, version, method.
    pub label: Label,
    /// A copy of this capability is sent.
    pub capability: Option<CapabilityAddress>,
    /// Where a capability that comes back goes. Without one, none is accepted.
    pub receive: Option<ReceiveSlot>,
}

/// An answer before it is decoded.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// Interface, version, status.
    pub label: Label,
    /// Whole words.
    pub bytes: &'a [u8],
    /// The capability that came along.
    pub capability: ReceivedCapability,
}

/// Carries a request to a server and its answer back.
pub trait Transport {
    /// Whether [`Transport::reconnect`] can ever succeed.
    const RECONNECTS: bool = false;

    /// After [`TransportFailure::Gone`]: connects to the successor of the server. Whether there is one.
    fn reconnect(&self) -> bool {
        false
    }

    /// `encode` writes the message and gives its length in bytes; `decode` reads the answer. While they run the message
    /// buffer is borrowed: they must make no kernel calls.
    ///
    /// # Errors
    /// [`TransportFailure`] when the message did not reach a server or its answer is the kernel's own.
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure>;

    /// The same for a message of up to [`WORDS`] words. An answer that is longer is read by `decode`. What has no
    /// faster way for them takes that of other messages.
    ///
    /// # Errors
    /// As for [`Transport::call`].
    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let send = Send {
            label,
            capability: None,
            receive: None,
        };
        let encode = |buffer: &mut [u8]| Ok(wire::words_to_bytes(&words[..length], buffer));
        self.call(send, encode, |outcome| {
            let done = outcome.label == label.with_method(Status::Done as u8);
            if done && outcome.bytes.len() <= WORDS * 8 {
                let words = wire::words_of(outcome.bytes);
                return decode(WordsOutcome::Done(words, outcome.bytes.len() / 8));
            }
            decode(WordsOutcome::Other(outcome))
        })
    }
}

/// An answer to a word call.
#[derive(Clone, Copy, Debug)]
pub enum WordsOutcome<'a> {
    /// Done: the reply's words, and how many of them count.
    Done([u64; WORDS], usize),
    /// Anything else.
    Other(Outcome<'a>),
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransportFailure {
    /// The capability is empty or was never one.
    Gone,
    /// The request could not be encoded, or the answer is none of ours.
    Protocol(ProtocolError),
    /// The kernel's error.
    Kernel(TransportError),
    /// There was no answer in time.
    TimedOut,
}

impl<E> From<TransportFailure> for crate::CallError<E> {
    fn from(failure: TransportFailure) -> Self {
        match failure {
            TransportFailure::Gone => Self::Gone,
            TransportFailure::Protocol(error) => Self::Protocol(error),
            TransportFailure::Kernel(error) => Self::Transport(error),
            TransportFailure::TimedOut => Self::TimedOut,
        }
    }
}

impl<T: Transport> Transport for &T {
    const RECONNECTS: bool = T::RECONNECTS;

    fn reconnect(&self) -> bool {
        T::reconnect(self)
    }

    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        T::call(self, send, encode, decode)
    }

    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        T::call_words(self, label, words, length, decode)
    }
}
