// SPDX-License-Identifier: MIT OR Apache-2.0
//! How containers end. The parts are what has to be revoked of one container, the deepest first: memory, piece by
//! piece, then the capabilities for it.
use croft_container::ContainerError;
use croft_container_tree::{ContainerId, Grant, HolderId, Result};
use croft_ipc::Deferrable;

use super::Service;
use super::jobs::{Part, Task};
use crate::error::kernel_error;
use crate::slots::{Tree, own};

/// Steps that the books are cleared by between two parts, at most: while there are more containers to come, and for the last
/// one, so that a container without any takes no part more.
const STEPS: [usize; 2] = [2, 4];

impl Service {
    /// Destroys the container of `grant`. Whoever asks is answered when that is done.
    pub fn destroy(&mut self, grant: &Grant, badge: u64) -> Result<Deferrable<()>> {
        if grant.holder == self.me {
            return self.destroy_at_once(grant.container).map(Deferrable::Now);
        }
        self.condemn(grant.container)?;
        self.later(grant, badge, Task::Destroy)
    }

    /// Begins to destroy the container whose capability the root task itself holds in that slot. When it is gone,
    /// [`Service::worked`] tells.
    pub fn destroy_child(&mut self, slot: u64) -> Result<ContainerId> {
        let badge = self.own_badge(slot);
        let grant = badge.and_then(|badge| self.grants.get(badge));
        let id = grant.ok_or(ContainerError::Gone)?.container;
        self.condemn(id)?;
        self.begin(id, Task::Destroy, None);
        Ok(id)
    }

    /// From now on a container ends, for which there is room in the queue.
    fn condemn(&mut self, top: ContainerId) -> Result {
        self.reserve_job(None)?;
        self.tree.begin_destroy(top)?;
        self.abandon(|tree, job| job.task != Task::Destroy && tree.is_within(job.top, top));
        Ok(())
    }

    /// Destroys a container in one go: one that was just made, or whose end nobody else waits for.
    pub(super) fn destroy_at_once(&mut self, top: ContainerId) -> Result {
        self.tree.begin_destroy(top)?;
        while let Some(part) = self.part(top) {
            for slot in self.slots_of(&part).into_iter().flatten() {
                own(slot).revoke().map_err(kernel_error)?;
            }
            self.done(&part);
        }
        Ok(())
    }

    /// The next part of a destruction; `None`: the container is gone. Where there are more to come, a part is either memory or
    /// a grant, so that it is short.
    pub(super) fn part(&mut self, top: ContainerId) -> Option<Part> {
        let mut leaf = self.tree.leaf(top);
        for _ in 0..STEPS[usize::from(leaf == top)] {
            if let Some(free) = self.jobs.rising.take() {
                self.jobs.rising = self.tree.rise(free);
                continue;
            }
            leaf = self.tree.leaf(top);
            let memory = self.tree.next_revoke(leaf);
            let process = self.processes.of(0, leaf.number()).next();
            let process = process.map(|(number, _)| HolderId(number));
            let grant = match memory {
                Some(revoke) if leaf != top || !revoke.last => None,
                _ => self.next_grant(leaf, process),
            };
            if memory.is_some() || grant.is_some() {
                return Some(Part {
                    memory,
                    grant,
                    ..Part::nothing(leaf)
                });
            }
            if let Some(process) = process {
                self.end_process(process);
                continue;
            }
            if leaf == top && self.waits_for_stranded(top) {
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
        let job = self.jobs.end_of(leaf);
        if let Some(badge) = job.and_then(|place| self.complete(place, Ok(()))) {
            self.forget_grant(badge);
        }
        self.step_aside(leaf, Tree::next_in_walk);
        self.tell_end(leaf);
        self.tree.end(leaf);
    }

    /// Who goes through a subtree and comes to that container next goes on elsewhere, below the same top.
    pub(super) fn step_aside(
        &mut self,
        from: ContainerId,
        to: impl Fn(&Tree, ContainerId, ContainerId) -> Option<ContainerId>,
    ) {
        for job in &mut self.jobs.queue {
            if job.task == Task::Follow(Some(from)) {
                job.task = Task::Follow(to(&self.tree, job.top, from));
            }
        }
    }

    /// Whether a process has asked for the end of a container and waits for that.
    pub(super) fn waits_for_end(&self, id: HolderId) -> bool {
        let ending = self.jobs.queue.iter().filter(|job| job.task.ends());
        let mut grants = ending.filter_map(|job| self.grants.get(job.by?));
        grants.any(|grant| grant.holder == id)
    }

    /// A grant that ends with a container, of which that is a process: held by it, or for the container.
    fn next_grant(&self, leaf: ContainerId, process: Option<HolderId>) -> Option<u64> {
        let held = process.and_then(|process| self.held_by(process, leaf));
        held.or_else(|| self.next_grant_for(leaf))
    }

    /// Some grant of a process of that container. That by which the container's end was asked for stays until the answer.
    pub(super) fn held_by(&self, process: HolderId, container: ContainerId) -> Option<u64> {
        let job = self.jobs.end_of(container);
        let asked = job.and_then(|place| self.jobs.queue[place].by);
        let mut held = self.grants.of_holder(process).map(|(badge, _)| badge);
        held.find(|badge| Some(*badge) != asked)
    }

    /// A grant for a container that ends. The one by which its end was asked for comes last, and once.
    pub(super) fn next_grant_for(&self, leaf: ContainerId) -> Option<u64> {
        let job = self.jobs.end_of(leaf).map(|place| &self.jobs.queue[place]);
        let asked = job.and_then(|job| job.by);
        let mut grants = self.grants.of_container(leaf).map(|(badge, _)| badge);
        let other = grants.find(|badge| Some(*badge) != asked);
        other.or(asked.filter(|_| job.is_some_and(|job| !job.last)))
    }
}
