// SPDX-License-Identifier: MIT OR Apache-2.0
//! Advisory locks: record locks (fcntl(2), "Advisory record locking") and flock(2).
mod flock;
mod ranges;
mod release;

use self::ranges::{LockMode, Ranges};
use crate::event::{Event, Wait};
use crate::file_io::MAX_SIZE;
use crate::{DescriptionId, DescriptionKind, InodeId, Vfs};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

/// Who owns a record lock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LockOwner {
    /// `F_SETLK`: a process; `F_GETLK` shows its id.
    Process(u32),
    /// `F_OFD_SETLK`: an open file description; `F_GETLK` shows -1.
    Description(DescriptionId),
}

/// What a lock request asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockKind {
    /// `F_RDLCK`
    Read,
    /// `F_WRLCK`
    Write,
    /// `F_UNLCK`
    Unlock,
}

/// The part of a file that a lock request is about (`struct flock`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LockRequest {
    /// `l_type`
    pub kind: LockKind,
    /// `l_whence`: `SEEK_SET`, `SEEK_CUR`, `SEEK_END`
    pub whence: u32,
    /// `l_start`
    pub start: i64,
    /// `l_len`; 0 is to the end of the file, however far that moves.
    pub length: i64,
}

/// A lock that is in the way of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LockInfo {
    /// Whose it is.
    pub owner: LockOwner,
    /// `Read` or `Write`.
    pub kind: LockKind,
    /// First byte.
    pub start: u64,
    /// Bytes; 0 is to the end of the file.
    pub length: u64,
}

/// How a lock request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockOutcome {
    /// It holds (or was given up).
    Done,
    /// Another one is in the way: park, and ask again when woken.
    Wait(Wait),
}

/// The locks of an inode.
#[derive(Default)]
pub(crate) struct Locks {
    pub records: Ranges<LockOwner>,
    /// flock(2): who has it, and whether exclusively.
    whole: Vec<(DescriptionId, LockMode)>,
}

/// Who waits for whom, to find circles.
pub(crate) struct LockWaits(BTreeMap<u32, u32>);

impl LockWaits {
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Whether `from` waits for `to`, directly or through others.
    fn leads(&self, from: u32, to: u32) -> bool {
        let mut next = from;
        // A chain is no longer than there are waiters.
        for _ in 0..=self.0.len() {
            if next == to {
                return true;
            }
            match self.0.get(&next) {
                Some(&blocker) => next = blocker,
                None => return false,
            }
        }
        false
    }
}

/// Heap that a lock counts for.
const COST: usize = 48;

impl Vfs {
    /// The bytes that a request is about: first and last.
    fn lock_range(&self, id: DescriptionId, request: &LockRequest) -> Result<(u64, u64)> {
        let description = self.descriptor(id);
        let base = match request.whence {
            c::SEEK_SET => 0,
            c::SEEK_CUR => description.offset,
            c::SEEK_END => self
                .description_inode(id)
                .map_or(0, |inode| self.inode(inode).size()),
            _ => return Err(Errno::EINVAL),
        };
        let max = MAX_SIZE as i64;
        let base = i64::try_from(base).map_err(|_| Errno::EOVERFLOW)?;
        let start = base.checked_add(request.start).ok_or(Errno::EOVERFLOW)?;
        let (first, last) = match request.length {
            0 => (start, max),
            1.. => (
                start,
                start
                    .checked_add(request.length - 1)
                    .ok_or(Errno::EOVERFLOW)?,
            ),
            _ => (
                start.checked_add(request.length).ok_or(Errno::EINVAL)?,
                start - 1,
            ),
        };
        match (u64::try_from(first), u64::try_from(last)) {
            (Ok(first), Ok(last)) => Ok((first, last)),
            _ => Err(Errno::EINVAL),
        }
    }

    fn lockable(&self, id: DescriptionId) -> Result<InodeId> {
        if self.descriptor(id).kind == DescriptionKind::Path {
            return Err(Errno::EBADF);
        }
        // Synthetic files and the world's own objects have nothing to lock.
        self.description_inode(id).ok_or(Errno::EINVAL)
    }

    /// fcntl(2), `F_SETLK` and `F_OFD_SETLK`; with `wait`, `F_SETLKW` and `F_OFD_SETLKW`.
    ///
    /// # Errors
    /// EAGAIN if another one is in the way and `wait` is not set; EDEADLK; EBADF if it is not open
    /// for what the lock is for; ENOLCK beyond the limits; EINVAL; EOVERFLOW.
    pub fn set_lock(
        &mut self,
        id: DescriptionId,
        owner: LockOwner,
        request: LockRequest,
        wait: bool,
    ) -> Result<LockOutcome> {
        let inode = self.lockable(id)?;
        let (first, last) = self.lock_range(id, &request)?;
        let description = self.descriptor(id);
        let mode = match request.kind {
            LockKind::Read if !description.readable => return Err(Errno::EBADF),
            LockKind::Write if !description.writable => return Err(Errno::EBADF),
            LockKind::Read => Some(LockMode::Shared),
            LockKind::Write => Some(LockMode::Exclusive),
            LockKind::Unlock => None,
        };
        if let LockOwner::Process(process) = owner {
            self.lock_waits.0.remove(&process);
        }
        let locks = self.inode(inode).locks.as_deref();
        if let (Some(mode), Some(locks)) = (mode, locks)
            && let Some(other) = locks.records.conflict(owner, mode, first, last)
        {
            if !wait {
                return Err(Errno::EAGAIN);
            }
            if let (LockOwner::Process(process), LockOwner::Process(blocker)) = (owner, other.owner)
            {
                if self.lock_waits.leads(blocker, process) {
                    return Err(Errno::EDEADLK);
                }
                self.lock_waits.0.insert(process, blocker);
            }
            return Ok(LockOutcome::Wait(Wait::Unlocked(inode)));
        }
        if mode.is_none() && locks.is_none() {
            return Ok(LockOutcome::Done);
        }
        // A change of one range can leave two pieces of an old one beside the new one.
        if self.locks.saturating_add(2) > self.limits.locks {
            return Err(Errno::ENOLCK);
        }
        self.charge(2 * COST, Errno::ENOLCK)?;
        let mut locks = self.inode_mut(inode).locks.take().unwrap_or_default();
        let before = locks.records.len();
        let gave_up = locks.records.set(owner, mode, first, last);
        let after = locks.records.len();
        self.locks = self.locks - before + after;
        self.metadata = self.metadata - (2 + before as usize) * COST + after as usize * COST;
        self.keep_locks(inode, locks);
        if gave_up {
            self.event(Event::Wake(Wait::Unlocked(inode)));
        }
        Ok(LockOutcome::Done)
    }

    fn keep_locks(&mut self, inode: InodeId, locks: Box<Locks>) {
        let empty = locks.records.len() == 0 && locks.whole.is_empty();
        self.inode_mut(inode).locks = (!empty).then_some(locks);
    }

    /// fcntl(2), `F_GETLK` and `F_OFD_GETLK`: a lock that is in the way of the request, if there
    /// is one.
    ///
    /// # Errors
    /// EINVAL (also for `Unlock`), EOVERFLOW, EBADF for `O_PATH`.
    pub fn get_lock(
        &self,
        id: DescriptionId,
        owner: LockOwner,
        request: LockRequest,
    ) -> Result<Option<LockInfo>> {
        let inode = self.lockable(id)?;
        let (first, last) = self.lock_range(id, &request)?;
        let mode = match request.kind {
            LockKind::Read => LockMode::Shared,
            LockKind::Write => LockMode::Exclusive,
            LockKind::Unlock => return Err(Errno::EINVAL),
        };
        let locks = self.inode(inode).locks.as_deref();
        let other = locks.and_then(|locks| locks.records.conflict(owner, mode, first, last));
        Ok(other.map(|other| LockInfo {
            owner: other.owner,
            kind: match other.mode {
                LockMode::Shared => LockKind::Read,
                LockMode::Exclusive => LockKind::Write,
            },
            start: other.first,
            length: if other.last == MAX_SIZE {
                0
            } else {
                other.last - other.first + 1
            },
        }))
    }

    /// A waiting [`Vfs::set_lock`] was given up (a signal came).
    pub fn cancel_lock_wait(&mut self, owner: LockOwner) {
        if let LockOwner::Process(process) = owner {
            self.lock_waits.0.remove(&process);
        }
    }
}
