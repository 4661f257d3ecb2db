// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the root task asks itself: its children are made by the same code as any parent's, which calls containers.
use core::cell::RefCell;

use croft_container::ContainersInterface;
use croft_ipc::{
    Call, Dispatch, Incoming, Label, MESSAGE_BYTES, Outcome, ProtocolError, ReceivedCapability,
    Send, Transport, TransportFailure, WORDS, WordsOutcome, words_to_bytes,
};

use crate::service::Service;

/// A call of the root task to its own service.
#[derive(Clone, Copy)]
pub struct Local<'a> {
    /// The service.
    pub service: &'a RefCell<Service>,
    /// The badge of the capability that it would call with.
    pub badge: u64,
}

impl Local<'_> {
    fn carry<R>(
        &self,
        label: Label,
        bytes: &[u8],
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let mut buffer = [0; MESSAGE_BYTES];
        let incoming = Incoming {
            label: Some(label),
            bytes,
            call: Call {
                badge: self.badge,
                capability: ReceivedCapability::None,
            },
        };
        let mut service = self.service.borrow_mut();
        let answer = ContainersInterface::dispatch(&mut *service, &incoming, &mut buffer);
        let outgoing = answer.ok_or(TransportFailure::Gone)?;
        let length = outgoing.length.next_multiple_of(8).min(MESSAGE_BYTES);
        Ok(decode(Outcome {
            label: outgoing.label,
            bytes: &buffer[..length],
            capability: ReceivedCapability::None,
        }))
    }
}

impl Transport for Local<'_> {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let mut buffer = [0; MESSAGE_BYTES];
        let length = encode(&mut buffer).map_err(TransportFailure::Protocol)?;
        self.carry(send.label, &buffer[..length.next_multiple_of(8)], decode)
    }

    fn call_words<R>(
        &self,
        label: Label,
        words: [u64; WORDS],
        length: usize,
        decode: impl FnOnce(WordsOutcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let mut buffer = [0; WORDS * 8];
        let length = words_to_bytes(&words[..length], &mut buffer);
        self.carry(label, &buffer[..length], |outcome| {
            decode(WordsOutcome::Other(outcome))
        })
    }
}
