// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a container ends whose parent gets what it has: in parts, as a destruction, but nothing is revoked except the
//! capabilities for it.
use croft_container::ContainerError;
use croft_container_tree::{ContainerId, Grant, Passed, Result};
use croft_ipc::Deferrable;

use super::Service;
use super::jobs::{Job, Part, Task};

/// Steps of a part: processes and pieces of memory that pass.
const STEPS: u32 = 16;

impl Service {
    /// Dissolves the container of `grant`. The caller is answered when that is done.
    pub fn dissolve(&mut self, grant: &Grant, badge: u64) -> Result<Deferrable<()>> {
        self.reserve_job(None)?;
        let top = grant.container;
        // What was revoked must be released, or nobody knows that it is gone.
        let taking = |job: &Job| job.top == top && matches!(job.task, Task::Deallocate(..));
        let free = !self.jobs.queue.iter().any(taking);
        free.then_some(()).ok_or(ContainerError::Busy)?;
        let to = self.tree.parent(top);
        let reserved = self.processes.reserve(0, to.number());
        reserved.ok_or(ContainerError::NoBooks)?;
        self.tree.begin_dissolve(top)?;
        self.abandon(|_, job| job.top == top);
        self.later(grant, badge, Task::Dissolve)
    }

    /// The next part of a dissolution; `None`: the container is gone.
    pub(super) fn dissolve_part(&mut self, top: ContainerId) -> Option<Part> {
        let grant = self.next_grant_for(top);
        for _ in 0..if grant.is_some() { 0 } else { STEPS } {
            let process = self.processes.of(0, top.number()).next();
            if let Some((number, process)) = process {
                let to = self.tree.parent(top);
                self.processes
                    .change(number, |process| process.container = to);
                let counts = i16::from(process.pool.is_some());
                self.tree.count_processes(top, -counts);
                self.tree.count_processes(to, counts);
                self.tree.pass_slots(process.slots, to);
                continue;
            }
            match self.tree.dissolve(top) {
                Some(Passed::Memory) => {}
                // It is on the way of whoever would have come to it through this container.
                Some(Passed::Container(child)) => self.step_aside(top, |_, _, _| Some(child)),
                None => {
                    self.end_container(top);
                    return None;
                }
            }
        }
        Some(Part {
            grant,
            ..Part::nothing(top)
        })
    }
}
