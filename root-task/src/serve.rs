// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loop: one message after the other, for ever.
use alloc::vec::Vec;
use core::cell::RefCell;

use croft_container::ContainerInterface;
use croft_ipc::{
    Call, Incoming, Label, MESSAGE_BYTES, ReceivedCapability, Status, WORDS, dispatch, words_of,
};
use sel4::{Fault, MessageInfo, MessageInfoBuilder, RecvWithMRs, cap};
use sel4_root_task::Never;

use crate::error::BootError;
use crate::servers::{CHILD, Servers};
use crate::service::Service;
use crate::worker::WORKER;

/// A message to send: its description and first words. Further words are in the IPC buffer.
type Answer = (MessageInfo, [u64; WORDS]);

/// The label of word requests to containers, without the method.
const CONTAINER: u64 = Label::request::<ContainerInterface>(0).to_bits();

/// Answers requests and looks after the servers, for ever.
pub fn serve(
    service: &RefCell<Service>,
    servers: &mut Servers<'_, '_>,
) -> Result<Never, BootError> {
    let endpoint = service.borrow().endpoint();
    let mut answer: Option<Answer> = None;
    loop {
        let message = match answer.take() {
            Some((info, words)) => endpoint.reply_recv_with_mrs(info, words, ()),
            None => endpoint.recv_with_mrs(()),
        };
        answer = match message.badge {
            WORKER => {
                worked(service, servers);
                None
            }
            badge if badge & CHILD != 0 => child(servers, &message),
            _ => {
                let mut service = service.borrow_mut();
                let answer = container(&mut service, &message);
                if service.destruction().waits() {
                    if let Some((info, words)) = answer {
                        sel4::reply_with_mrs(info, words);
                    }
                    service.let_work();
                    None
                } else {
                    answer
                }
            }
        };
    }
}

/// The worker has done its work; containers of servers may be gone now.
fn worked(service: &RefCell<Service>, servers: &mut Servers<'_, '_>) {
    let mut gone = Vec::new();
    service.borrow_mut().worked(|id| gone.push(id));
    for id in gone {
        servers.gone(id);
    }
}

/// Answers a request through words that was put off, by the right to answer in that slot.
pub fn answer(slot: u64) {
    cap::Endpoint::from_bits(slot).send_with_mrs(done(WORDS), [0; WORDS]);
}

/// The same with an answer that has to be encoded.
pub fn answer_encoded(slot: u64, answer: impl FnOnce(&mut [u8]) -> Option<croft_ipc::Outgoing>) {
    if let Some((info, words)) = encoded(answer) {
        cap::Endpoint::from_bits(slot).send_with_mrs(info, words);
    }
}

/// A request to a container.
fn container(service: &mut Service, message: &RecvWithMRs) -> Option<Answer> {
    let (info, label) = (message.info, message.info.label());
    let method = label ^ CONTAINER;
    if (1..=0xff).contains(&method) && info.length() <= WORDS {
        let mut words = message.msg;
        words[info.length()..].fill(0);
        // What fails is answered by the long way, which encodes the error.
        if let Some(result) = service.words(method as u8, words, message.badge) {
            return match result {
                Ok(Some(words)) => Some((done(WORDS), words)),
                Ok(None) => None,
                Err(error) => encoded(|buffer| {
                    croft_ipc::encode_answer::<ContainerInterface>(Err(error), buffer)
                }),
            };
        }
    }
    let capability = received(info);
    let mut bytes = [0; MESSAGE_BYTES];
    let incoming = Incoming {
        label: Label::from_bits(label),
        bytes: take(message, &mut bytes),
        call: Call {
            badge: message.badge,
            capability,
        },
    };
    encoded(|buffer| dispatch(service, &incoming, buffer))
}

/// A child speaks to its parent, or faults.
fn child(servers: &mut Servers<'_, '_>, message: &RecvWithMRs) -> Option<Answer> {
    let info = message.info;
    let Some(label) = Label::from_bits(info.label()) else {
        let fault = sel4::with_ipc_buffer(|buffer| Fault::with_mrs(buffer, &info, &message.msg));
        servers.fault(message.badge, fault.as_ref());
        return None;
    };
    let mut bytes = [0; MESSAGE_BYTES];
    let incoming = Incoming {
        label: Some(label),
        bytes: take(message, &mut bytes),
        call: Call {
            badge: message.badge,
            capability: ReceivedCapability::None,
        },
    };
    encoded(|buffer| dispatch(servers, &incoming, buffer))
}

const fn done(length: usize) -> MessageInfo {
    MessageInfoBuilder::default()
        .label(Label::answer::<ContainerInterface>(Status::Done).to_bits())
        .length(length)
        .build()
}

/// Copies a message out of registers and IPC buffer.
fn take<'b>(message: &RecvWithMRs, bytes: &'b mut [u8; MESSAGE_BYTES]) -> &'b [u8] {
    let length = message.info.bounded_length() * 8;
    if length > WORDS * 8 {
        sel4::with_ipc_buffer(|buffer| {
            bytes[..length].copy_from_slice(&buffer.msg_bytes()[..length])
        });
    }
    croft_ipc::words_to_bytes(&message.msg, &mut bytes[..]);
    &bytes[..length]
}

/// The capability that came along. The kernel keeps none: there is no receive slot; one that was made here is told by its
/// badge.
fn received(info: MessageInfo) -> ReceivedCapability {
    if info.extra_caps() == 0 || info.caps_unwrapped() & 1 == 0 {
        return ReceivedCapability::None;
    }
    let badge = sel4::with_ipc_buffer(|buffer| buffer.caps_or_badges()[0]);
    ReceivedCapability::Own { badge }
}

/// Puts an encoded answer where the kernel takes it from.
fn encoded(answer: impl FnOnce(&mut [u8]) -> Option<croft_ipc::Outgoing>) -> Option<Answer> {
    let mut bytes = [0; MESSAGE_BYTES];
    let outgoing = answer(&mut bytes)?;
    let length = outgoing.length.div_ceil(8);
    let range = WORDS * 8..(length * 8).max(WORDS * 8);
    sel4::with_ipc_buffer_mut(|buffer| {
        buffer.msg_bytes_mut()[range.clone()].copy_from_slice(&bytes[range]);
    });
    let info = MessageInfoBuilder::default()
        .label(outgoing.label.to_bits())
        .length(length)
        .build();
    Some((info, words_of(&bytes)))
}
