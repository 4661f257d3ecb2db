// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether and at which priority things run. What is set for a container takes effect below it step by step: whoever sets
//! something goes through the subtree, parents before children, and has each container follow.
use crate::tree::Tree;
use crate::{ContainerError, ContainerId, Kernel, Result, Schedule};

/// The root container's: its only processes that have it are the root task's own.
pub(crate) const ROOT: Schedule = Schedule {
    priority: u8::MAX,
    suspended: false,
    stopped: false,
};

impl<K: Kernel> Tree<K> {
    /// How things run in a container; a derived one begins with its parent's.
    #[must_use]
    pub fn schedule(&self, id: ContainerId) -> Schedule {
        self.container(id.0).schedule
    }

    /// Sets the priority. [`Tree::follow`] does the rest.
    ///
    /// # Errors
    /// [`ContainerError::BadPriority`] if the parent's is lower; [`ContainerError::Root`], [`ContainerError::Gone`].
    pub fn set_priority(&mut self, id: ContainerId, priority: u8) -> Result {
        self.below_root(id)?;
        let most = self.schedule(self.parent(id)).priority;
        if priority > most {
            return Err(ContainerError::BadPriority { most });
        }
        self.container_mut(id.0).schedule.priority = priority;
        Ok(())
    }

    /// Suspends a container or ends that. [`Tree::follow`] does the rest.
    ///
    /// # Errors
    /// [`ContainerError::Root`], [`ContainerError::Gone`].
    pub fn set_suspended(&mut self, id: ContainerId, suspended: bool) -> Result {
        self.below_root(id)?;
        self.container_mut(id.0).schedule.suspended = suspended;
        Ok(())
    }

    /// Has a container do what was set for it and what its parent does; its schedule then.
    pub fn follow(&mut self, id: ContainerId) -> Schedule {
        let above = self.schedule(self.parent(id));
        let schedule = &mut self.container_mut(id.0).schedule;
        schedule.priority = schedule.priority.min(above.priority);
        schedule.stopped = schedule.suspended || above.stopped;
        *schedule
    }
}
