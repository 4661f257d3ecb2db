// SPDX-License-Identifier: MIT OR Apache-2.0
//! Locks that go when a descriptor is closed.
use super::{COST, LockOwner};
use crate::event::{Event, Wait};
use crate::file_io::MAX_SIZE;
use crate::{DescriptionId, InodeId, Vfs};

impl Vfs {
    /// A process closes a descriptor: its record locks on that file go, whichever descriptor they
    /// were made through.
    pub(crate) fn drop_process_locks(&mut self, id: DescriptionId, process: u32) {
        if let Some(inode) = self.description_inode(id)
            && self.inode(inode).locks.is_some()
        {
            self.drop_records(inode, LockOwner::Process(process));
        }
    }

    fn drop_records(&mut self, inode: InodeId, owner: LockOwner) {
        let Some(mut locks) = self.inode_mut(inode).locks.take() else {
            return;
        };
        let before = locks.records.len();
        locks.records.set(owner, None, 0, MAX_SIZE);
        let gone = before - locks.records.len();
        self.keep_locks(inode, locks);
        self.locks -= gone;
        self.discharge(gone as usize * COST);
        if gone > 0 {
            self.event(Event::Wake(Wait::Unlocked(inode)));
        }
    }

    /// A description is closed: its flock(2) lock and its record locks go.
    pub(crate) fn drop_description_locks(&mut self, id: DescriptionId) {
        let Some(inode) = self.description_inode(id) else {
            return;
        };
        if self.inode(inode).locks.is_none() {
            return;
        }
        self.drop_records(inode, LockOwner::Description(id));
        let Some(mut locks) = self.inode_mut(inode).locks.take() else {
            return;
        };
        if let Some(own) = locks.whole.iter().position(|&(owner, _)| owner == id) {
            locks.whole.swap_remove(own);
            self.locks -= 1;
            self.discharge(COST);
            self.event(Event::Wake(Wait::Unlocked(inode)));
        }
        self.keep_locks(inode, locks);
    }
}
