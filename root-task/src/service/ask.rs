// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a message to its answer.
//!
//! The kernel clears memory before something is made of it. Nobody but who wants it should wait for that: a request that needs a
//! large block that is not clear fails, which leaves nothing behind, and is asked again when the worker has had the block cleared.
use croft_container::{ContainersDestroy, ContainersInterface};
use croft_container_tree::{Grant, Result};
use croft_ipc::{Dispatch, Incoming, KeptRequest, MESSAGE_BYTES, Outgoing, kernel};
use sel4::CPtr;

use super::Service;
use super::jobs::Task;
use crate::requests::Request;

impl Service {
    /// Answers a message; `None`: later.
    pub fn ask(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        let answer = self.answer(incoming, buffer);
        let later = self.tree.unclear.take().and_then(|block| {
            let task = Task::Clear(block, KeptRequest::new(incoming)?);
            let badge = incoming.call.badge;
            self.later::<()>(&self.grants.get(badge)?, badge, task).ok()
        });
        answer.filter(|_| later.is_none())
    }

    fn answer(&mut self, incoming: &Incoming<'_>, buffer: &mut [u8]) -> Option<Outgoing> {
        let badge = incoming.call.badge;
        self.tree.patient = true;
        let mut request = Request {
            service: self,
            badge,
        };
        let answer = ContainersInterface::dispatch(&mut request, incoming, buffer);
        self.tree.patient = false;
        answer
    }

    /// Answers the request of the job at that place, or has another block cleared for it.
    pub(super) fn ask_again(&mut self, place: usize, request: &KeptRequest) {
        let Some(mut job) = self.jobs.queue.remove(place) else {
            return;
        };
        let Some(grant) = job.by.and_then(|badge| self.grants.get(badge)) else {
            return;
        };
        let mut buffer = [0; MESSAGE_BYTES];
        let answer = self.answer(&request.incoming(), &mut buffer);
        if let Some(block) = self.tree.unclear.take() {
            job.task = Task::Clear(block, *request);
            self.jobs.queue.push_back(job);
        } else if let Some(outgoing) = answer {
            kernel::send_answer(reply_of(&grant), &outgoing, &buffer);
            self.tell_alarms(request.incoming().call.badge);
        }
    }
}

/// Answers a request that took longer. All of them but one kind give nothing, so that their answers are the same; errors are
/// the same for all.
pub(super) fn answer(grant: &Grant, result: Result) {
    kernel::answer_late::<ContainersDestroy>(reply_of(grant), result);
}

/// Where the right to answer who asked by a grant is kept.
fn reply_of(grant: &Grant) -> CPtr {
    CPtr::from_bits(u64::from(grant.slot) + 1)
}
