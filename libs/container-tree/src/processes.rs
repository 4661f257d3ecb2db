// SPDX-License-Identifier: MIT OR Apache-2.0
//! The processes that were converted out of containers.
use crate::table::Table;
use crate::{BlockHandle, ContainerId, Error, HolderId, Slot};

/// One process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// The container that it was converted from.
    pub container: ContainerId,
    /// Its memory: thread, CNode, address space.
    pub block: BlockHandle,
    /// The memory of its CNode, if that did not fit.
    pub cnode_block: Option<BlockHandle>,
    /// The pool that its address space's identifier came from.
    pub pool: u8,
    /// The server's slot with a capability of its CNode, if it is a client (see [`crate::Tree::take_slots`]).
    pub cnode: Option<Slot>,
}

struct Record {
    /// `None`: vacant, `next` is the next vacant one.
    process: Option<Process>,
    /// Neighbours among the processes of the same container.
    next: u16,
    previous: u16,
}

/// No record: the end of a list.
const NONE: u16 = u16::MAX;

/// All processes.
pub struct Processes {
    records: Table<Record>,
    vacant: u16,
    /// Heads of the containers' lists.
    heads: Table<u16>,
}

impl Processes {
    /// No processes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            records: Table::new(NONE as u32),
            vacant: NONE,
            heads: Table::new(NONE as u32),
        }
    }

    /// Adds a process.
    ///
    /// # Errors
    /// [`Error::NoBooks`].
    pub fn add<K>(&mut self, process: Process) -> Result<HolderId, Error<K>> {
        let of = u32::from(process.container.number());
        while self.heads.len() <= of {
            self.heads.push(NONE).ok_or(Error::NoBooks)?;
        }
        let next = self.heads[of];
        let record = Record {
            process: Some(process),
            next,
            previous: NONE,
        };
        let number = if self.vacant == NONE {
            self.records.push(record).ok_or(Error::NoBooks)? as u16
        } else {
            let number = self.vacant;
            self.vacant = self.records[u32::from(number)].next;
            self.records[u32::from(number)] = record;
            number
        };
        if next != NONE {
            self.records[u32::from(next)].previous = number;
        }
        self.heads[of] = number;
        Ok(HolderId(number))
    }

    /// The process of that number, if it exists.
    #[must_use]
    pub fn get(&self, id: HolderId) -> Option<Process> {
        self.records.get(u32::from(id.0))?.process
    }

    /// Some process of a container.
    #[must_use]
    pub fn of_container(&self, container: ContainerId) -> Option<HolderId> {
        let head = *self.heads.get(container.number().into())?;
        (head != NONE).then_some(HolderId(head))
    }

    /// Removes a process; `None` if there was none of that number.
    pub fn remove(&mut self, id: HolderId) -> Option<Process> {
        let process = self.get(id)?;
        let record = &self.records[u32::from(id.0)];
        let (next, previous) = (record.next, record.previous);
        match previous {
            NONE => self.heads[u32::from(process.container.number())] = next,
            _ => self.records[u32::from(previous)].next = next,
        }
        if next != NONE {
            self.records[u32::from(next)].previous = previous;
        }
        self.records[u32::from(id.0)] = Record {
            process: None,
            next: self.vacant,
            previous: NONE,
        };
        self.vacant = id.0;
        Some(process)
    }
}

impl Default for Processes {
    fn default() -> Self {
        Self::new()
    }
}

const _: () = assert!(size_of::<Record>() <= crate::BYTES_PER_SLOT * crate::PROCESS_SLOTS as usize);
