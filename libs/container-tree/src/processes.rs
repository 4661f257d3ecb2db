// SPDX-License-Identifier: MIT OR Apache-2.0
//! The processes that were converted out of containers.
use crate::{BlockHandle, ContainerId, Slot};
use croft_tables::{Record, Records};

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

impl Record<1> for Process {
    fn lists(&self) -> [u16; 1] {
        [self.container.number()]
    }
}

/// All processes, by container.
pub type Processes = Records<Process, 1>;

const _: () = assert!(crate::pays(Processes::SIZE));
