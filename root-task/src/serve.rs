// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loop: one message after the other, for ever.
use alloc::vec::Vec;
use core::cell::RefCell;

use croft_ipc::kernel::Port;
use sel4_root_task::Never;

use crate::error::BootError;
use crate::servers::{CHILD, Servers};
use crate::service::Service;
use crate::worker::{CLEANER, WORKER};

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
                let mut gone = Vec::new();
                service.borrow_mut().worked(|id| gone.push(id));
                // They may be servers'.
                gone.into_iter().for_each(|id| servers.gone(id));
                None
            }
            CLEANER => {
                service.borrow_mut().cleaned();
                None
            }
            badge if badge & CHILD != 0 => servers.message(&mut port, &message),
            badge => {
                let service = &mut *service.borrow_mut();
                let answer =
                    port.answer(&message, |incoming, buffer| service.ask(incoming, buffer));
                service.tell_alarms(badge);
                match answer {
                    Some(answer) if service.jobs.waits() => {
                        answer.send();
                        service.jobs.let_work();
                        None
                    }
                    answer => answer,
                }
            }
        };
    }
}
