// SPDX-License-Identifier: MIT OR Apache-2.0
//! The processes that were converted out of containers.
use crate::records::Records;
use crate::{BlockHandle, ContainerId, HolderId, Result, Schedule, Slot};

/// One process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// The container that it was converted from.
    pub container: ContainerId,
    /// Its memory: thread, CNode, address space.
    pub block: BlockHandle,
    /// The memory of its CNode, if that did not fit.
    pub cnode_block: Option<BlockHandle>,
    /// The pool that its address space's identifier came from; `None`: it is a thread, and no more.
    pub pool: Option<u8>,
    /// The server's slots with a capability of its CNode, if it is a client, and of its thread (see
    /// [`crate::Tree::take_slots`]).
    pub slots: Slot,
    /// Whether it may have containers.
    pub client: bool,
    /// Its thread's priority.
    pub priority: u8,
    /// Whether its thread is stopped.
    pub stopped: bool,
}

/// All processes, by container.
pub struct Processes(Records<Process, 1>);

impl Processes {
    /// No processes.
    #[must_use]
    pub const fn new() -> Self {
        Self(Records::new())
    }

    /// Adds a process, whose number is never 0.
    ///
    /// # Errors
    /// [`crate::ContainerError::NoBooks`].
    pub fn add(&mut self, process: Process) -> Result<HolderId> {
        let number = self.0.add(process, [process.container.number()]);
        number.map(HolderId)
    }

    /// The process of that number, if it exists.
    #[must_use]
    pub fn get(&self, id: HolderId) -> Option<Process> {
        self.0.get(id.0).copied()
    }

    /// Notes how a process' thread runs now.
    pub fn set_schedule(&mut self, id: HolderId, priority: u8, stopped: bool) {
        if let Some(process) = self.0.get_mut(id.0) {
            (process.priority, process.stopped) = (priority, stopped);
        }
    }

    /// Above the numbers of all processes.
    #[must_use]
    pub fn end(&self) -> u16 {
        self.0.end()
    }

    /// A process of a container whose thread does not run like that.
    #[must_use]
    pub fn other_schedule(&self, container: ContainerId, like: Schedule) -> Option<HolderId> {
        let other = |process: &Process| {
            (process.priority, process.stopped) != (like.priority, like.stopped)
        };
        let mut processes = self.of_container(container);
        processes.find(|id| self.0.get(id.0).is_some_and(other))
    }

    /// The processes of a container.
    pub fn of_container(&self, container: ContainerId) -> impl Iterator<Item = HolderId> {
        self.0.of(0, container.number()).map(HolderId)
    }

    /// Makes sure that [`Processes::pass`] can pass processes to that container.
    ///
    /// # Errors
    /// [`crate::ContainerError::NoBooks`].
    pub fn reserve(&mut self, container: ContainerId) -> Result<()> {
        self.0.reserve(0, container.number())
    }

    /// From now on a process is one of another container, for which [`Processes::reserve`] was called.
    pub fn pass(&mut self, id: HolderId, to: ContainerId) {
        if let Some(process) = self.0.get_mut(id.0) {
            let from = core::mem::replace(&mut process.container, to);
            self.0.unlink(0, from.number(), id.0);
            self.0.link(0, to.number(), id.0);
        }
    }

    /// Removes a process; `None` if there was none of that number.
    pub fn remove(&mut self, id: HolderId) -> Option<Process> {
        let process = self.get(id)?;
        self.0.remove(id.0, [process.container.number()]);
        Some(process)
    }
}

impl Default for Processes {
    fn default() -> Self {
        Self::new()
    }
}

const _: () =
    assert!(Records::<Process, 1>::SIZE <= crate::BYTES_PER_SLOT * crate::PROCESS_SLOTS as usize);
