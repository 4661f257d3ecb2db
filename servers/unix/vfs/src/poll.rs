// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readiness (poll(2)) and FIONREAD.
use crate::{DescriptionId, DescriptionKind, Device, Vfs, Wait};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

/// What poll(2) reports of a description, or who knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readiness {
    /// `POLLIN`, `POLLOUT`, `POLLHUP`, `POLLERR`, `POLLRDNORM`, `POLLWRNORM` as they hold now; the
    /// caller masks them with the events that were asked for, `POLLHUP`, `POLLERR` and `POLLNVAL`.
    Ready(u32),
    /// The world serves this device.
    Device(Device),
    /// The world's own object.
    External(u64),
}

/// Always ready for both.
const ALWAYS: u32 = c::POLLIN | c::POLLOUT | c::POLLRDNORM | c::POLLWRNORM;

impl Vfs {
    /// What poll(2) reports of a description.
    pub fn readiness(&self, id: DescriptionId) -> Readiness {
        match self.descriptor(id).kind {
            DescriptionKind::Pipe(inode) => Readiness::Ready(self.pipe_readiness(id, inode)),
            DescriptionKind::Device {
                device,
                block: false,
            } if !device.is_served_here() => Readiness::Device(device),
            DescriptionKind::External(tag) => Readiness::External(tag),
            DescriptionKind::Path => Readiness::Ready(c::POLLNVAL),
            DescriptionKind::Regular(_)
            | DescriptionKind::Directory
            | DescriptionKind::Device { .. }
            | DescriptionKind::Synthetic(_) => Readiness::Ready(ALWAYS),
        }
    }

    /// The wait queues on which a change of a description's readiness shows: for reading, and for
    /// writing. None for what never changes, or is the world's.
    pub fn poll_waits(&self, id: DescriptionId) -> (Option<Wait>, Option<Wait>) {
        let description = self.descriptor(id);
        match description.kind {
            DescriptionKind::Pipe(inode) => (
                description.readable.then_some(Wait::Readable(inode)),
                description.writable.then_some(Wait::Writable(inode)),
            ),
            _ => (None, None),
        }
    }

    /// ioctl(2), `FIONREAD`: bytes in a pipe, or between the offset and the end of a file; 0 behind
    /// the end (Linux has a negative number there).
    ///
    /// # Errors
    /// EBADF for `O_PATH`; ENOTTY for everything else, which is the world's business.
    pub fn readable_bytes(&self, id: DescriptionId) -> Result<u64> {
        let description = self.descriptor(id);
        match description.kind {
            DescriptionKind::Pipe(inode) => Ok(self.pipe_bytes(inode)),
            DescriptionKind::Regular(inode) => {
                Ok(self.inode(inode).size().saturating_sub(description.offset))
            }
            DescriptionKind::Path => Err(Errno::EBADF),
            _ => Err(Errno::ENOTTY),
        }
    }
}
