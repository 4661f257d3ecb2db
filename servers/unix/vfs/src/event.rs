// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a caller parks its threads on, and what it hears when they may go on.
use crate::InodeId;

/// A wait queue. A call that would block names one; a later call that changes the state behind it
/// leaves the same one in [`crate::Vfs::take_event`]. A wake-up is a hint: the woken call runs
/// again, and may block again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Wait {
    /// A pipe or FIFO has bytes, or lost its last writer.
    Readable(InodeId),
    /// A pipe or FIFO has room, or lost its last reader.
    Writable(InodeId),
    /// A FIFO was opened at the other end.
    FifoOpened(InodeId),
    /// A record lock or flock(2) lock on the file was given up.
    Unlocked(InodeId),
}

/// Something that the world has to act on after a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Threads that are parked there, and whoever polls it, may go on.
    Wake(Wait),
    /// The last reference on an external object's description is gone
    /// ([`crate::Vfs::open_external`]).
    ExternalClosed(u64),
    /// The last reference on a description of a device that the world serves is gone.
    DeviceClosed(crate::Device),
    /// A file that is mapped ([`crate::Vfs::hold_mapping`]) became shorter: pages from this one on
    /// are gone, and mappings of them must go (mmap(2): SIGBUS).
    Truncated {
        /// The file.
        inode: InodeId,
        /// Index of the first page that lies wholly beyond the end or in a punched range.
        first_page: u64,
        /// How many pages.
        pages: u64,
    },
}
