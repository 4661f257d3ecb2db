// SPDX-License-Identifier: MIT OR Apache-2.0
//! flock(2): locks of a whole file that belong to an open file description.
use super::ranges::LockMode;
use super::{COST, LockOutcome};
use crate::event::{Event, Wait};
use crate::{DescriptionId, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

impl Vfs {
    /// flock(2): `LOCK_SH`, `LOCK_EX`, `LOCK_UN`, with `LOCK_NB`. As on Linux, a conversion gives
    /// the old lock up first, and it is lost if the new one cannot be had.
    ///
    /// # Errors
    /// EAGAIN with `LOCK_NB`; EINVAL; EBADF for `O_PATH`; ENOLCK beyond the limits.
    pub fn flock(&mut self, id: DescriptionId, operation: u32) -> Result<LockOutcome> {
        let mode = match operation & !c::LOCK_NB {
            c::LOCK_SH => Some(LockMode::Shared),
            c::LOCK_EX => Some(LockMode::Exclusive),
            c::LOCK_UN => None,
            _ => return Err(Errno::EINVAL),
        };
        let inode = self.lockable(id)?;
        let mut locks = self.inode_mut(inode).locks.take().unwrap_or_default();
        let own = locks.whole.iter().position(|&(owner, _)| owner == id);
        if own.map(|own| locks.whole[own].1) == mode {
            self.keep_locks(inode, locks);
            return Ok(LockOutcome::Done);
        }
        if let Some(own) = own {
            locks.whole.swap_remove(own);
            self.locks -= 1;
            self.discharge(COST);
            self.event(Event::Wake(Wait::Unlocked(inode)));
        }
        let result = match mode {
            None => Ok(LockOutcome::Done),
            Some(mode) => {
                let conflicts = |other| mode == LockMode::Exclusive || other == LockMode::Exclusive;
                if locks.whole.iter().any(|&(_, other)| conflicts(other)) {
                    if operation & c::LOCK_NB != 0 {
                        Err(Errno::EAGAIN)
                    } else {
                        Ok(LockOutcome::Wait(Wait::Unlocked(inode)))
                    }
                } else if self.locks >= self.limits.locks {
                    Err(Errno::ENOLCK)
                } else {
                    self.charge(COST, Errno::ENOLCK).map(|()| {
                        self.locks += 1;
                        locks.whole.push((id, mode));
                        LockOutcome::Done
                    })
                }
            }
        };
        self.keep_locks(inode, locks);
        result
    }
}
