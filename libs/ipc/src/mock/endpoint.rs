// SPDX-License-Identifier: MIT OR Apache-2.0
//! The transport of a machine's clients: it calls the server itself, and moves the bytes and capabilities.

use super::Machine;
use super::books::Made;
use crate::transport::TransportFailure;
use crate::{
    Call, CapabilityAddress, Incoming, Label, MESSAGE_BYTES, Outcome, Outgoing, ProtocolError,
    ReceivedCapability, Send, Server, Transport,
};
use core::cell::Cell;

/// A client's transport.
pub struct MockEndpoint<S> {
    pub(super) machine: Machine<S>,
    /// `None`: the slot is empty.
    pub(super) badge: Option<u64>,
    /// Whether the client's parent gave it.
    pub(super) named: bool,
    /// How many servers had ended when it was made.
    pub(super) ended: Cell<u64>,
}

impl<S> Clone for MockEndpoint<S> {
    fn clone(&self) -> Self {
        Self {
            machine: self.machine.clone(),
            badge: self.badge,
            named: self.named,
            ended: self.ended.clone(),
        }
    }
}

impl<S: Server> MockEndpoint<S> {
    /// Leads to the server's successor from now on, as what a parent gave does after it was asked. Whether there is one.
    pub fn renew(&self) -> bool {
        let inner = &self.machine.0;
        let leads_nowhere = self.ended.get() < inner.ended.get();
        if self.named && leads_nowhere && inner.runs.get() {
            self.ended.set(inner.ended.get());
            return true;
        }
        false
    }

    /// The badge, if the server that it led to is still there.
    fn leads(&self) -> Result<u64, TransportFailure> {
        let here = self.ended.get() == self.machine.0.ended.get();
        self.badge.filter(|_| here).ok_or(TransportFailure::Gone)
    }

    /// Sends a message as it is, and gives the answer's label and bytes: for messages that no client would make.
    ///
    /// # Errors
    /// [`TransportFailure::Gone`].
    pub fn raw(
        &self,
        label: u64,
        bytes: &[u8],
        capability: Option<CapabilityAddress>,
    ) -> Result<(Outgoing, [u8; MESSAGE_BYTES]), TransportFailure> {
        let inner = &self.machine.0;
        let badge = self.leads()?;
        let number = {
            let mut books = inner.capabilities.0.borrow_mut();
            books.calls += 1;
            books.page =
                capability.and_then(|address| inner.pages.borrow().get(&address.0).cloned());
            books.object =
                capability.and_then(|address| inner.objects.borrow().get(&address.0).copied());
            books.calls
        };
        let capability = match capability {
            None => ReceivedCapability::None,
            Some(CapabilityAddress(slot)) => match inner.slots.borrow().get(&slot) {
                Some(&badge) => ReceivedCapability::Own { badge },
                None => ReceivedCapability::InSlot,
            },
        };
        let incoming = Incoming {
            label: Label::from_bits(label),
            bytes,
            call: Call { badge, capability },
        };
        let mut buffer = [0; MESSAGE_BYTES];
        let answer = inner.server.borrow_mut().message(&incoming, &mut buffer);
        if let Some(outgoing) = answer {
            return Ok((outgoing, buffer));
        }
        loop {
            self.leads()?;
            let late = inner.capabilities.0.borrow_mut().late.remove(&number);
            if let Some(late) = late {
                return Ok(late);
            }
            // Nobody is left who could cause an answer.
            let other = inner.others.borrow_mut().pop_front();
            other.ok_or(TransportFailure::Gone)?();
        }
    }
}

impl<S: Server> Transport for MockEndpoint<S> {
    fn call<R>(
        &self,
        send: Send,
        encode: impl FnOnce(&mut [u8]) -> Result<usize, ProtocolError>,
        decode: impl FnOnce(Outcome<'_>) -> R,
    ) -> Result<R, TransportFailure> {
        let mut buffer = [0; MESSAGE_BYTES];
        let length = encode(&mut buffer).map_err(TransportFailure::Protocol)?;
        let bytes = &buffer[..length.next_multiple_of(8)];
        let (outgoing, buffer) = self.raw(send.label.to_bits(), bytes, send.capability)?;
        let inner = &self.machine.0;
        let capability = match (outgoing.capability, send.receive) {
            (Some(_), Some(slot)) => {
                let made = inner.capabilities.0.borrow().made.clone();
                match made {
                    Made::Own(badge) => {
                        inner.slots.borrow_mut().insert(slot.index, badge);
                    }
                    Made::Page(page) => {
                        inner.pages.borrow_mut().insert(slot.index, page);
                    }
                    Made::Foreign(object) => {
                        self.machine.hold(slot, object);
                    }
                }
                ReceivedCapability::InSlot
            }
            _ => ReceivedCapability::None,
        };
        Ok(decode(Outcome {
            label: outgoing.label,
            bytes: &buffer[..outgoing.length.next_multiple_of(8).min(MESSAGE_BYTES)],
            capability,
        }))
    }
}
