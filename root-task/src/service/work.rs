// SPDX-License-Identifier: MIT OR Apache-2.0
//! What takes long, in parts between the answers to others.
//!
//! A job's parts go to the worker, one at a time; when the worker has done one, the books follow, and it is the next job's turn.
//! While the worker is at it, others are answered, and what it works in may be given back: its slots are nobody else's before it
//! is done.
//! Beside it the cleaner clears memory when nobody has anything to do, so that nobody has to wait for that later.
//! Who asked for a job waits until it is complete; the right to answer is kept in the second slot of the grant
//! that was used, which the container paid.
use croft_container::ContainerError;
use croft_container_tree::{BlockHandle, ContainerId, Grant, Result, Slot};
use croft_ipc::Deferrable;

use super::Service;
use super::ask::answer;
use super::jobs::{Job, Part, Task, Turn};
use crate::error::kernel_error;
use crate::slots::{Tree, own};
use crate::worker::Worker;

impl Service {
    /// From now on the workers are there.
    pub fn set_workers(&mut self, worker: Worker, cleaner: Worker) {
        (self.jobs.worker, self.jobs.cleaner) = (Some(worker), Some(cleaner));
        self.clean();
    }

    /// Begins a job for who just asked by that grant, and is answered later.
    pub(super) fn later<R>(&mut self, grant: &Grant, by: u64, task: Task) -> Result<Deferrable<R>> {
        self.reserve_job(Some(by))?;
        // The slot is empty: no other request of that grant waits for an answer.
        let kept = own(u64::from(grant.slot) + 1).save_caller();
        kept.map_err(kernel_error)?;
        self.begin(grant.container, task, Some(by));
        Ok(Deferrable::Later)
    }

    /// Makes room for a job that the grant of that badge may ask for, unless another one of it is not done.
    pub(super) fn reserve_job(&mut self, by: Option<u64>) -> Result {
        let queue = &mut self.jobs.queue;
        if by.is_some() && queue.iter().any(|job| job.by == by) {
            return Err(ContainerError::Busy);
        }
        queue.try_reserve(1).map_err(|_| ContainerError::NoBooks)
    }

    /// Jobs that will not be done: who waits for them is told that the container is gone.
    pub(super) fn abandon(&mut self, mut which: impl FnMut(&Tree, &Job) -> bool) {
        let (tree, grants) = (&self.tree, &self.grants);
        self.jobs.queue.retain(|job| {
            let abandoned = which(tree, job);
            if abandoned && let Some(grant) = job.by.and_then(|badge| grants.get(badge)) {
                answer(&grant, Err(ContainerError::Gone));
            }
            !abandoned
        });
    }

    /// Begins a job for which there is room.
    pub(super) fn begin(&mut self, top: ContainerId, task: Task, by: Option<u64>) {
        // That of who asks, and pays.
        let asker = by.and_then(|badge| self.grants.get(badge));
        let asker = asker.and_then(|grant| self.processes.get(grant.holder.0));
        let of = asker.map_or(top, |process| process.container);
        self.jobs.queue.push_back(Job {
            top,
            task,
            by,
            priority: self.tree.schedule(of).priority,
            begun: false,
            last: false,
            rounds: None,
        });
        if self.jobs.current.is_none() {
            // There is something to do: the capability that was used has to be revoked, at least.
            self.go_on(|_| {});
        } else if let (Some((best, _)), Some(worker)) = (self.jobs.next(), &mut self.jobs.worker) {
            worker.set_priority(best);
        }
    }

    /// The cleaner has cleared what it was told to.
    pub fn cleaned(&mut self) {
        if let Some(block) = self.jobs.cleaning.take() {
            self.tree.set_busy(1, [None; 3]);
            self.tree.cleared(block);
        }
        self.clean();
    }

    /// Has the cleaner, if it waits, clear what was given back, and then what will be used next.
    pub(super) fn clean(&mut self) {
        while let Some(cleaner) = &self.jobs.cleaner
            && self.jobs.cleaning.is_none()
            && let Some(block) = self.jobs.stale.pop().or_else(|| self.tree.untouched())
        {
            if let Some(slot) = self.tree.stale(block) {
                let slots = [None, None, Some(slot)];
                self.jobs.cleaning = Some(block);
                self.tree.set_busy(1, slots);
                cleaner.start(slots, false);
            }
        }
    }

    /// The worker has done what it was told, and gets something else to do. Calls `gone` for each container that the root
    /// task itself wanted destroyed and that is gone.
    pub fn worked(&mut self, gone: impl FnMut(ContainerId)) {
        if let Some(part) = self.jobs.current.take() {
            self.tree.set_busy(0, [None; 3]);
            self.done(&part);
        }
        self.jobs.turn = match self.jobs.turn {
            Turn::LetWork => Turn::Answered,
            _ => Turn::Worked,
        };
        self.go_on(gone);
    }

    /// Gives the worker a part of the job whose turn it is.
    fn go_on(&mut self, mut gone: impl FnMut(ContainerId)) {
        // Nobody begins anything meanwhile.
        self.jobs.current = Some(Part::nothing(ContainerId::ROOT));
        if let Some((_, place)) = self.jobs.next() {
            let Job { top, task, by, .. } = self.jobs.queue[place];
            let part = match task {
                Task::Destroy => self.part(top),
                Task::Dissolve => self.dissolve_part(top),
                Task::Follow(next) => self.follow_part(place, next),
                Task::Clear(block, request) => self.clear_part(top, block).or_else(|| {
                    self.ask_again(place, &request);
                    None
                }),
                Task::Deallocate(block, next) => self.deallocate_part(place, block, next),
            };
            if let Some(part) = part {
                // Others' jobs may be done meanwhile.
                let place = self
                    .jobs
                    .end_of(top)
                    .filter(|_| task.ends())
                    .unwrap_or(place);
                if let Some(mut job) = self.jobs.queue.remove(place) {
                    self.start(part, job.priority, job.begun || part.leaf != job.top);
                    // Then it is the next one's turn.
                    job.begun = true;
                    self.jobs.queue.push_back(job);
                }
                return;
            }
            if task.ends() && by.is_none() {
                gone(top);
            }
            // Others get their turn between two that are done.
            if let Some((priority, _)) = self.jobs.next() {
                return self.start(Part::nothing(top), priority, true);
            }
        }
        self.jobs.current = None;
    }

    /// Clearing a block, if it has to be cleared.
    fn clear_part(&self, top: ContainerId, block: BlockHandle) -> Option<Part> {
        let (clear, part) = (Some((block, self.tree.stale(block)?)), Part::nothing(top));
        Some(Part { clear, ..part })
    }

    /// Has the worker do a part, after others of that priority if `courteous`.
    fn start(&mut self, part: Part, priority: u8, courteous: bool) {
        let slots = self.slots_of(&part);
        self.tree.set_busy(0, slots);
        self.jobs.current = Some(part);
        if let Some(worker) = &mut self.jobs.worker {
            worker.set_priority(priority);
            worker.start(slots, courteous);
        }
    }

    /// In which slots there is something to do: two to revoke, one to clear.
    pub(super) fn slots_of(&self, part: &Part) -> [Option<Slot>; 3] {
        let memory = part.memory.map(|revoke| revoke.slot).or(part.block);
        let grant = part.grant.and_then(|badge| self.grants.get(badge));
        let clear = part.clear.map(|(_, slot)| slot);
        [memory, grant.map(|grant| grant.slot), clear]
    }

    /// The kernel has done what a part told.
    pub(super) fn done(&mut self, part: &Part) {
        if let Some((block, _)) = part.clear {
            self.tree.cleared(block);
        }
        if let Some(revoke) = part.memory {
            self.jobs.rising = self.tree.revoked(part.leaf, revoke);
        }
        let Some(badge) = part.grant else { return };
        let mut jobs = self.jobs.queue.iter_mut();
        let asked = |job: &Job| job.top == part.leaf && job.by == Some(badge);
        match jobs.find(|job| job.task.ends() && asked(job)) {
            Some(job) => job.last = true,
            None => self.forget_grant(badge),
        }
    }

    /// A job is done, and who asked for it by the grant of that badge is told how it went.
    pub(super) fn complete(&mut self, place: usize, result: Result) -> Option<u64> {
        let badge = self.jobs.queue.remove(place)?.by?;
        if let Some(grant) = self.grants.get(badge) {
            answer(&grant, result);
        }
        Some(badge)
    }
}
