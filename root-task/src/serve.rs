// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loop: one message after the other, for ever.
use alloc::vec::Vec;
use core::cell::RefCell;

use croft_container::ContainersInterface;
use croft_ipc::kernel::{self, Port, Ready};
use croft_ipc::{Dispatch, Label, MESSAGE_BYTES, Method, late_answer};
use croft_process::handover::ParenthoodInterface;
use sel4::{CPtr, Fault, RecvWithMRs};
use sel4_root_task::Never;

use crate::error::BootError;
use crate::servers::{CHILD, Servers};
use crate::service::Service;
use crate::worker::WORKER;

/// Answers requests and looks after the servers, for ever.
pub fn serve(
    service: &RefCell<Service>,
    servers: &mut Servers<'_, '_>,
) -> Result<Never, BootError> {
    let endpoint = service.borrow().endpoint();
    let mut port = Port::new(endpoint);
    let mut answer = None;
    loop {
        let message = port.wait(answer.take());
        answer = match message.badge {
            WORKER => {
                worked(service, servers);
                None
            }
            badge if badge & CHILD != 0 => child(servers, &mut port, &message),
            _ => {
                let mut service = service.borrow_mut();
                let answer = port.answer(&message, |incoming, buffer| {
                    ContainersInterface::dispatch(&mut *service, incoming, buffer)
                });
                service.tell_alarms(message.badge);
                if service.destruction().waits() {
                    if let Some(answer) = answer {
                        answer.send();
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

/// Answers a request of method `M` that was put off, by the right to answer in that slot.
pub fn answer<M: Method>(slot: u64, result: Result<M::Reply<'_>, M::Error>) {
    let mut bytes = [0; MESSAGE_BYTES];
    let outgoing = late_answer::<M>(result, &mut bytes);
    kernel::send_answer(CPtr::from_bits(slot), &outgoing, &bytes);
}

/// A child speaks to its parent, or faults.
fn child(servers: &mut Servers<'_, '_>, port: &mut Port, message: &RecvWithMRs) -> Option<Ready> {
    let info = message.info;
    if Label::from_bits(info.label()).is_none() {
        let fault = sel4::with_ipc_buffer(|buffer| Fault::with_mrs(buffer, &info, &message.msg));
        servers.fault(message.badge, fault.as_ref());
        return None;
    }
    port.answer(message, |incoming, buffer| {
        ParenthoodInterface::dispatch(servers, incoming, buffer)
    })
}
