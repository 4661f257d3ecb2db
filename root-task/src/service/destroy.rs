// SPDX-License-Identifier: MIT OR Apache-2.0
//! How containers end: in parts, by the worker, between the answers to others.
//!
//! A destruction is a job. Its parts are what has to be revoked of one container, the deepest first: memory, piece by
//! piece, then the capabilities for it. A part goes to the worker; when the worker has done it, the books follow, and it
//! is the next job's turn. Who asked for the destruction waits until it is
//! complete; the right to answer is kept in the second slot of the grant that was used, which the container paid.
use alloc::collections::VecDeque;
use core::cmp::Reverse;

use croft_container::{ContainerError, ContainersDestroy};
use croft_container_tree::{ContainerId, Grant, HolderId, Kernel, Revoke, Rights, Rising, Slot};

use super::{Service, address};
use crate::error::kernel_error;
use crate::serve;
use crate::slots::{RootKernel, Tree, own};
use crate::worker::Worker;

/// Steps that the books are cleared by between two parts, at most: while there are more containers to come, and for the last
/// one, so that a container without any takes no part more.
const STEPS: [usize; 2] = [2, 4];

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// Destroy the container.
    Destroy,
    /// Dissolve it.
    Dissolve,
    /// Have it and all below it follow what was set, from that container on.
    Follow(Option<ContainerId>),
}

/// A destruction, or something else that may take long.
#[derive(Clone, Copy)]
pub(super) struct Job {
    pub(super) top: ContainerId,
    task: Task,
    /// The badge of who asked; `None`: the root task itself.
    pub(super) by: Option<u64>,
    /// At which priority the worker works for it.
    priority: u8,
    /// Whether a part of it is done already.
    begun: bool,
    /// Whether the grant by which it was asked for has no copies any more: it stays until the answer.
    last: bool,
}

/// A part of one.
pub(super) struct Part {
    pub(super) leaf: ContainerId,
    pub(super) memory: Option<Revoke>,
    pub(super) grant: Option<u64>,
}

impl Part {
    /// Nothing to revoke: it is the next one's turn.
    pub(super) const fn nothing(leaf: ContainerId) -> Self {
        Self {
            leaf,
            memory: None,
            grant: None,
        }
    }
}

/// All destructions, and who carries them out.
#[derive(Default)]
pub struct Destruction {
    jobs: VecDeque<Job>,
    /// What the worker has to do just now.
    current: Option<Part>,
    /// What is free of the part that was done last, and goes to whom it came from.
    rising: Option<Rising>,
    worker: Option<Worker>,
    /// The number of the next process to look at for whether it is stranded; `None` if none can be.
    stranded: Option<u16>,
    /// Whose turn it is if somebody is answered: the worker's, unless it took one meanwhile.
    turn: Turn,
}

/// Who did something last.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Turn {
    /// Somebody was answered.
    #[default]
    Answered,
    /// The worker was let go first after that.
    LetWork,
    /// The worker did a part of itself.
    Worked,
}

impl Destruction {
    /// From now on the worker is there.
    pub fn set_worker(&mut self, worker: Worker) {
        self.worker = Some(worker);
    }

    /// The next process that may be stranded.
    pub(super) fn stranded(&mut self) -> &mut Option<u16> {
        &mut self.stranded
    }

    /// Whether there is work.
    pub fn waits(&self) -> bool {
        self.current.is_some()
    }

    /// Somebody else was just answered: now the worker may do a part. So who asks often does not hold it up.
    pub fn let_work(&mut self) {
        let next = self.next();
        if let (Some((priority, _)), Some(worker)) = (next, &mut self.worker)
            && self.turn != Turn::Worked
        {
            worker.go_first(priority);
            self.turn = Turn::LetWork;
        } else {
            self.turn = Turn::Answered;
        }
    }

    /// The highest priority that any job has, and the first job that has it.
    fn next(&self) -> Option<(u8, usize)> {
        let jobs = self.jobs.iter().enumerate();
        let best = jobs.max_by_key(|(place, job)| (job.priority, Reverse(*place)));
        best.map(|(place, job)| (job.priority, place))
    }
}

impl Service {
    /// Destroys the container of `grant`. Whether that is done; if not, the caller is answered when it is.
    pub fn destroy(&mut self, grant: &Grant, badge: u64) -> Result<bool, ContainerError> {
        self.require(grant, Rights::Manage)?;
        if grant.holder == self.me {
            self.destroy_at_once(grant.container)?;
            return Ok(true);
        }
        self.begin_destroy(grant.container, Some(badge))?;
        self.save_caller(grant)?;
        Ok(false)
    }

    /// Keeps the right to answer who just asked by that grant. The slot is empty: no other request of it waits for an
    /// answer.
    pub(super) fn save_caller(&self, grant: &Grant) -> Result<(), ContainerError> {
        let saved = own(u64::from(grant.slot) + 1).save_caller();
        saved.map_err(kernel_error)
    }

    /// Begins to destroy the container whose capability the root task itself holds in that slot. When it is gone,
    /// [`Service::worked`] tells.
    pub fn destroy_child(&mut self, slot: u64) -> Result<ContainerId, ContainerError> {
        let grant = self.own_badge(slot).and_then(|badge| self.granted(badge));
        let id = grant.ok_or(ContainerError::Gone)?.container;
        self.begin_destroy(id, None)?;
        Ok(id)
    }

    fn begin_destroy(&mut self, top: ContainerId, by: Option<u64>) -> Result<(), ContainerError> {
        self.reserve_job(None)?;
        self.tree.begin_destroy(top)?;
        self.abandon(|tree, job| job.task != Task::Destroy && tree.is_within(job.top, top));
        self.begin(top, Task::Destroy, by);
        Ok(())
    }

    /// Makes room for a job that the grant of that badge may ask for, unless another one of it is not done.
    pub(super) fn reserve_job(&mut self, by: Option<u64>) -> Result<(), ContainerError> {
        let jobs = &self.destruction.jobs;
        if by.is_some() && jobs.iter().any(|job| job.by == by) {
            return Err(ContainerError::Busy);
        }
        let room = self.destruction.jobs.try_reserve(1);
        room.map_err(|_| ContainerError::NoBooks)
    }

    /// Jobs that will not be done: who waits for them is told that the container is gone.
    pub(super) fn abandon(&mut self, mut which: impl FnMut(&Tree, &Job) -> bool) {
        let Self {
            destruction,
            tree,
            grants,
            ..
        } = self;
        destruction.jobs.retain(|job| {
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
        let asker = by.and_then(|badge| self.granted(badge));
        let asker = asker.and_then(|grant| self.processes.get(grant.holder));
        let of = asker.map_or(top, |process| process.container);
        let priority = self.tree.schedule(of).priority;
        self.destruction.jobs.push_back(Job {
            top,
            task,
            by,
            priority,
            begun: false,
            last: false,
        });
        if self.destruction.current.is_none() {
            // There is something to revoke: the capability that was used, at least.
            self.assign(|_| {});
        } else if let Some((priority, _)) = self.destruction.next()
            && let Some(worker) = &mut self.destruction.worker
        {
            worker.set_priority(priority);
        }
    }

    /// Destroys a container in one go: one that was just made, or whose end nobody else waits for.
    pub(super) fn destroy_at_once(&mut self, top: ContainerId) -> Result<(), ContainerError> {
        self.tree.begin_destroy(top)?;
        while let Some(part) = self.part(top) {
            for slot in self.slots_of(&part).into_iter().flatten() {
                RootKernel.revoke(slot)?;
            }
            self.done(&part);
        }
        Ok(())
    }

    /// The worker has done what it was told, and gets something else to do. Calls `gone` for each container that the root
    /// task itself wanted destroyed and that is gone.
    pub fn worked(&mut self, gone: impl FnMut(ContainerId)) {
        if let Some(part) = self.destruction.current.take() {
            self.done(&part);
        }
        self.destruction.turn = match self.destruction.turn {
            Turn::LetWork => Turn::Answered,
            _ => Turn::Worked,
        };
        self.assign(gone);
    }

    /// Gives the worker a part of the job whose turn it is.
    fn assign(&mut self, mut gone: impl FnMut(ContainerId)) {
        while let Some((priority, place)) = self.destruction.next() {
            let Job {
                top,
                task,
                by,
                begun,
                ..
            } = self.destruction.jobs[place];
            let part = match task {
                Task::Destroy => self.part(top),
                Task::Dissolve => self.dissolve_part(top),
                Task::Follow(next) => {
                    let next = next.and_then(|next| self.follow(top, next));
                    self.destruction.jobs[place].task = Task::Follow(next);
                    next.map(|_| Part::nothing(top))
                }
            };
            let Some(part) = part else {
                if let Task::Follow(_) = task {
                    self.complete(place);
                } else if by.is_none() {
                    gone(top);
                }
                continue;
            };
            let courteous = begun || part.leaf != top;
            // The next one's turn.
            let jobs = &mut self.destruction.jobs;
            let place = jobs.iter().position(|job| job.top == top && job.by == by);
            if let Some(mut job) = place.and_then(|place| jobs.remove(place)) {
                job.begun = true;
                jobs.push_back(job);
            }
            let slots = self.slots_of(&part).map(Option::unwrap_or_default);
            self.destruction.current = Some(part);
            if let Some(worker) = &mut self.destruction.worker {
                worker.set_priority(priority);
                worker.revoke(slots, courteous);
            }
            return;
        }
    }

    /// The next part of a destruction; `None`: the container is gone. Where there are more to come, a part is either memory or
    /// a grant, so that it is short.
    fn part(&mut self, top: ContainerId) -> Option<Part> {
        let mut leaf = self.tree.leaf(top);
        for _ in 0..STEPS[usize::from(leaf == top)] {
            if let Some(free) = self.destruction.rising.take() {
                self.destruction.rising = self.tree.rise(free);
                continue;
            }
            leaf = self.tree.leaf(top);
            let memory = self.tree.next_revoke(leaf);
            let grant = match memory {
                Some(revoke) if leaf != top || !revoke.last => None,
                _ => self.next_grant(leaf),
            };
            if memory.is_some() || grant.is_some() {
                return Some(Part {
                    leaf,
                    memory,
                    grant,
                });
            }
            let process = self.processes.of_container(leaf).next();
            if let Some(process) = process {
                self.end_process(process);
                continue;
            }
            if leaf == top && !self.wake_stranded() {
                break;
            }
            self.end_container(leaf);
            if leaf == top {
                return None;
            }
        }
        // That was enough for now.
        Some(Part::nothing(leaf))
    }

    /// Forgets a container of which nothing is left. Who waited for that is answered.
    pub(super) fn end_container(&mut self, leaf: ContainerId) {
        let jobs = &self.destruction.jobs;
        let job = jobs.iter().position(|job| job.top == leaf);
        if let Some(badge) = job.and_then(|place| self.complete(place)) {
            self.forget_grant(badge);
        }
        self.step_aside(leaf, Tree::next_in_walk);
        self.tell_end(leaf);
        self.tree.end(leaf);
    }

    /// A job is done, and who asked for it by the grant of that badge is told.
    fn complete(&mut self, place: usize) -> Option<u64> {
        let badge = self.destruction.jobs.remove(place)?.by?;
        if let Some(grant) = self.granted(badge) {
            answer(&grant, Ok(()));
        }
        Some(badge)
    }

    /// Who goes through a subtree and comes to that container next goes on elsewhere, below the same top.
    pub(super) fn step_aside(
        &mut self,
        from: ContainerId,
        to: impl Fn(&Tree, ContainerId, ContainerId) -> Option<ContainerId>,
    ) {
        for job in &mut self.destruction.jobs {
            if job.task == Task::Follow(Some(from)) {
                job.task = Task::Follow(to(&self.tree, job.top, from));
            }
        }
    }

    /// Whether a process has asked for the end of a container and waits for that.
    pub(super) fn waits_for_end(&self, id: HolderId) -> bool {
        let asked = self.destruction.jobs.iter().filter_map(|job| job.by);
        let mut grants = asked.filter_map(|badge| self.granted(badge));
        grants.any(|grant| grant.holder == id)
    }

    /// A grant that ends with a container: of one of its processes, or for it. The one by which its end was asked for
    /// comes last.
    fn next_grant(&self, leaf: ContainerId) -> Option<u64> {
        let process = self.processes.of_container(leaf).next();
        let held = process.and_then(|process| self.grants.of_holder(process));
        held.or_else(|| self.next_grant_for(leaf))
    }

    /// A grant for a container that ends.
    pub(super) fn next_grant_for(&self, leaf: ContainerId) -> Option<u64> {
        let jobs = &self.destruction.jobs;
        let job = jobs.iter().find(|job| job.top == leaf);
        let last = job.and_then(|job| job.by);
        let next = self.grants.of_container(leaf, last);
        next.filter(|_| next != last || job.is_none_or(|job| !job.last))
    }

    fn slots_of(&self, part: &Part) -> [Option<Slot>; 2] {
        let grant = part.grant.and_then(|badge| self.granted(badge));
        [
            part.memory.map(|revoke| revoke.slot),
            grant.map(|grant| grant.slot),
        ]
    }

    /// The kernel has revoked what a part told.
    fn done(&mut self, part: &Part) {
        if let Some(revoke) = part.memory {
            self.destruction.rising = self.tree.revoked(part.leaf, revoke);
        }
        let Some(badge) = part.grant else { return };
        let mut jobs = self.destruction.jobs.iter_mut();
        match jobs.find(|job| job.top == part.leaf && job.by == Some(badge)) {
            Some(job) => job.last = true,
            None => self.forget_grant(badge),
        }
    }

    /// Forgets a grant whose capability has no copies any more.
    pub(super) fn forget_grant(&mut self, badge: u64) {
        let Some(grant) = self.granted(badge) else {
            return;
        };
        // Whoever used a copy of it to ask for an end that is not complete is told that it is gone.
        let jobs = &self.destruction.jobs;
        if jobs.iter().any(|job| job.by == Some(badge)) {
            answer(&grant, Err(ContainerError::Gone));
        }
        // It cannot fail: the slot is the root task's own and holds the grant's capability, or nothing.
        let _ = address(grant.slot).delete();
        self.grants.remove(badge);
        // Who watches a container that is being destroyed wants to know when it is gone.
        if self.tree.lives(grant.container) {
            self.unwatch(grant.container, badge);
        }
        self.tree.return_slots(grant.slot, Some(grant.container));
    }
}

/// Answers a request that took longer. All of them give nothing, so that their answers are the same.
fn answer(grant: &Grant, result: Result<(), ContainerError>) {
    serve::answer::<ContainersDestroy>(u64::from(grant.slot) + 1, result);
}
