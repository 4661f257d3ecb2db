// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loop of a server with children, and what it hears of them.

use super::{CHILD_BADGE_BIT, ChildEnded, Family, ParentServer, Stopped};
use crate::END_REQUESTED;
use alloc::string::{String, ToString};
use croft_ipc::kernel::{Port, Ready};
use croft_ipc::{Definition, EVENT_BADGE_BIT, Label, OBJECT_BADGE_BIT};
use croft_process::handover::ParenthoodInterface;
use croft_process::parent::End;
use sel4::{AbsoluteCPtr, RecvWithMRs};

impl Family {
    /// Serves clients, children and events until the server has [finished](croft_ipc::Server::finished) or the parent asks for
    /// the end; the answer to the last message is sent before that. `receive` is an empty slot for a capability that comes with a
    /// message; one that the handler leaves there is deleted.
    pub fn serve<S: ParentServer>(server: &mut S, receive: AbsoluteCPtr) -> Stopped {
        let mut stopped = Stopped::Finished;
        let mut port = Port::new(server.family().endpoint);
        let mut answer: Option<Ready> = None;
        sel4::with_ipc_buffer_mut(|buffer| buffer.set_recv_slot(&receive));
        while !server.finished() {
            let message = port.wait(answer.take());
            let badge = message.badge;
            if badge & EVENT_BADGE_BIT != 0 {
                if badge & !END_REQUESTED != 0 {
                    server.event(badge & !END_REQUESTED);
                }
                // Both bits of it.
                if badge & END_REQUESTED == END_REQUESTED {
                    stopped = Stopped::EndRequested;
                    break;
                }
                continue;
            }
            let label = Label::from_bits(message.info.label());
            answer = if is_child(badge) && speaks_to_its_parent(label) {
                heard(server, &mut port, &message)
            } else {
                port.answer(&message, |incoming, buffer| {
                    server.message(incoming, buffer)
                })
            };
            if message.info.extra_caps() > 0 {
                // An error means that it was this server's own, which the kernel unwraps.
                let _ = receive.delete();
            }
        }
        if let Some(answer) = answer {
            answer.send();
        }
        stopped
    }
}

const fn is_child(badge: u64) -> bool {
    badge & (CHILD_BADGE_BIT | OBJECT_BADGE_BIT) == CHILD_BADGE_BIT
}

/// A fault, or a request of `Parenthood`; anything else is for the server's own interfaces.
fn speaks_to_its_parent(label: Option<Label>) -> bool {
    label.is_none_or(|label| label.interface() == ParenthoodInterface::NUMBER)
}

/// What a child says to its parent, or the kernel about a child.
fn heard<S: ParentServer>(server: &mut S, port: &mut Port, message: &RecvWithMRs) -> Option<Ready> {
    let family = server.family();
    let name = family.name(message.badge).unwrap_or_default().to_string();
    let mut ended = None;
    let answer = family.children.message(port, message, &mut |_, end, _| {
        ended = Some((end.failed(), in_words(end)));
    });
    if let Some((failed, text)) = ended {
        server.ended(message.badge, &ChildEnded { name, failed, text });
    }
    answer
}

/// An end in a few words: registers are for those who look for the mistake.
fn in_words(end: &End<'_>) -> String {
    match *end {
        End::Faulted { fault, .. } => {
            let registers = None;
            End::Faulted { fault, registers }.to_string()
        }
        ref end => end.to_string(),
    }
}
