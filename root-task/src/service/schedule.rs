// SPDX-License-Identifier: MIT OR Apache-2.0
//! Suspending, resuming, priorities: what is set for a container, step by step for all below it.
use croft_container::ContainerError;
use croft_container_tree::{ContainerId, Grant, Rights};

use super::Service;
use super::destroy::Task;
use crate::error::kernel_error;
use crate::slots::Tree;

/// Steps of a part: containers that follow their parents. A process counts twice.
const STEPS: u32 = 16;

/// Refuses to suspend where the kernel has no domain for threads that are stopped: another one than the tree's own, which
/// `SEL4_PREFIX` names.
pub fn require_domains() -> Result<(), ContainerError> {
    if sel4::sel4_cfg_usize!(NUM_DOMAINS) < 2 {
        return Err(kernel_error(sel4::Error::IllegalOperation));
    }
    Ok(())
}

impl Service {
    /// Changes the schedule of the container of `grant`. Whether all below it has it; if not, the caller is answered when it
    /// has.
    pub fn reschedule(
        &mut self,
        grant: &Grant,
        badge: u64,
        change: impl FnOnce(&mut Tree, ContainerId) -> Result<(), ContainerError>,
    ) -> Result<bool, ContainerError> {
        self.require(grant, Rights::Manage)?;
        self.reserve_job(Some(badge))?;
        let top = grant.container;
        change(&mut self.tree, top)?;
        let mut next = self.follow(top, top);
        while grant.holder == self.me && next.is_some() {
            next = next.and_then(|next| self.follow(top, next));
        }
        if next.is_some() {
            self.save_caller(grant)?;
            self.begin(top, Task::Follow(next), Some(badge));
        }
        Ok(next.is_none())
    }

    /// Has some containers follow, from `next` on below `top`; where to go on. `None`: that was all.
    pub(super) fn follow(&mut self, top: ContainerId, next: ContainerId) -> Option<ContainerId> {
        let (mut next, mut steps) = (next, 0);
        while steps < STEPS {
            let schedule = self.tree.follow(next);
            match self.processes.other_schedule(next, schedule) {
                Some(process) => {
                    self.set_schedule(process, schedule);
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
}
