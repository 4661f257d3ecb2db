// SPDX-License-Identifier: MIT OR Apache-2.0
//! Suspending, resuming, priorities: what is set for a container, step by step for all below it.
use croft_container_tree::{ContainerId, Grant, HolderId, Process, Result, Schedule};
use croft_ipc::Deferrable;
use sel4::{cap, init_thread};

use super::Service;
use super::convert::thread;
use super::jobs::{Part, Task};
use crate::error::kernel_error;
use crate::slots::Tree;

/// Steps of a part: containers that follow their parents. A process counts twice.
const STEPS: u32 = 16;

/// Refuses to suspend where the kernel has no domain for threads that are stopped: another one than the tree's own, which
/// `SEL4_PREFIX` names.
pub fn require_domains() -> Result {
    if sel4::sel4_cfg_usize!(NUM_DOMAINS) < DOMAINS.len() {
        return Err(kernel_error(sel4::Error::IllegalOperation));
    }
    Ok(())
}

/// The scheduling domains of threads that run and of those that are stopped: the kernel's schedule has the first one only.
const DOMAINS: [u8; 2] = [0, 1];

impl Service {
    /// Changes the schedule of the container of `grant`, and of all below it: unless that takes little, the caller is answered
    /// when it is done.
    pub fn reschedule(
        &mut self,
        grant: &Grant,
        badge: u64,
        change: impl FnOnce(&mut Tree, ContainerId) -> Result,
    ) -> Result<Deferrable<()>> {
        self.reserve_job(Some(badge))?;
        let top = grant.container;
        change(&mut self.tree, top)?;
        let mut next = self.follow(top, top);
        while grant.holder == self.me && next.is_some() {
            next = next.and_then(|next| self.follow(top, next));
        }
        if next.is_none() {
            return Ok(Deferrable::Now(()));
        }
        self.later(grant, badge, Task::Follow(next))
    }

    /// The next part of that job; `None`: it is done.
    pub(super) fn follow_part(&mut self, place: usize, next: Option<ContainerId>) -> Option<Part> {
        let top = self.jobs.queue[place].top;
        let next = next.and_then(|next| self.follow(top, next));
        self.jobs.queue[place].task = Task::Follow(next);
        if next.is_none() {
            self.complete(place, Ok(()));
        }
        next.map(|_| Part::nothing(top))
    }

    /// Has some containers follow, from `next` on below `top`; where to go on. `None`: that was all.
    fn follow(&mut self, top: ContainerId, next: ContainerId) -> Option<ContainerId> {
        let (mut next, mut steps) = (next, 0);
        while steps < STEPS {
            let schedule = self.tree.follow(next);
            let like = (schedule.priority, schedule.stopped);
            let other = |process: &Process| (process.priority, process.stopped) != like;
            let mut processes = self.processes.of(0, next.number());
            match processes.find(|(_, process)| other(process)) {
                Some((number, _)) => {
                    drop(processes);
                    self.set_schedule(HolderId(number), schedule);
                    steps += 2;
                }
                None => {
                    next = self.tree.next_in_walk(top, next)?;
                    steps += 1;
                }
            }
        }
        Some(next)
    }

    /// Has a process' thread run like that.
    pub(super) fn set_schedule(&mut self, id: HolderId, schedule: Schedule) {
        let Some(process) = self.processes.get(id.0) else {
            return;
        };
        let (priority, stopped) = (schedule.priority, schedule.stopped);
        let tcb = cap::Tcb::from_bits(thread(process.slots));
        // The root task may give any priority and any domain that there is; a thread that is gone needs none.
        if process.priority != priority {
            let _ = tcb.tcb_set_priority(init_thread::slot::TCB.cap(), priority.into());
        }
        if process.stopped != stopped {
            let domain = init_thread::slot::DOMAIN.cap();
            let _ = domain.domain_set_set(DOMAINS[usize::from(stopped)], tcb);
        }
        self.processes.change(id.0, |process| {
            (process.priority, process.stopped) = (priority, stopped);
        });
    }
}
