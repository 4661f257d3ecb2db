// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who calls: credentials, directories, and everything else that a call depends on.
use crate::{DescriptionId, Place, Synthetic, Timestamp};

/// The identity that permission checks go by (credentials(7)).
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// File system user id: the effective one, or the real one for access(2). 0 has
    /// `CAP_DAC_OVERRIDE`, `CAP_FOWNER`, `CAP_CHOWN`, `CAP_FSETID`, `CAP_MKNOD`,
    /// `CAP_SYS_RESOURCE`.
    pub uid: u32,
    /// File system group id.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: &'a [u32],
}

impl Credentials<'_> {
    /// The superuser without supplementary groups.
    pub const ROOT: Credentials<'static> = Credentials {
        uid: 0,
        gid: 0,
        groups: &[],
    };

    /// Whether the superuser's capabilities are there.
    pub fn is_privileged(&self) -> bool {
        self.uid == 0
    }

    /// Whether a group is the own one or a supplementary one.
    pub fn in_group(&self, gid: u32) -> bool {
        self.gid == gid || self.groups.contains(&gid)
    }
}

/// Root, working directory and umask of a process (clone(2), `CLONE_FS`). It holds references on
/// both places: made by [`crate::Vfs::new_directories`], copied by
/// [`crate::Vfs::clone_directories`], given back by [`crate::Vfs::release_directories`].
#[derive(Debug)]
pub struct Directories {
    /// Where absolute paths begin (chroot(2)).
    pub(crate) root: Place,
    /// Where relative paths begin (chdir(2)).
    pub(crate) working: Place,
    /// Permission bits that new files do not get (umask(2)); within 0o777.
    pub umask: u32,
}

impl Directories {
    /// Where absolute paths begin.
    pub fn root(&self) -> Place {
        self.root
    }

    /// Where relative paths begin.
    pub fn working(&self) -> Place {
        self.working
    }
}

/// Everything about the calling process that a call depends on. Cheap to make for each call.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// Whom permission checks see.
    pub credentials: Credentials<'a>,
    /// Where paths begin.
    pub directories: &'a Directories,
    /// The real time of the call, for time stamps.
    pub now: Timestamp,
    /// Greatest file size that it may make (setrlimit(2), `RLIMIT_FSIZE`); `u64::MAX` for no
    /// limit. Beyond it: EFBIG, and the world sends SIGXFSZ.
    pub file_size_limit: u64,
    /// The synthetic file systems, as this process sees them (`/proc/self`).
    pub synthetic: &'a dyn Synthetic,
}

/// Where a relative path begins: the `dirfd` of the `…at` calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Base {
    /// `AT_FDCWD`
    Working,
    /// An open description.
    Description(DescriptionId),
    /// A number that is no open descriptor: EBADF, unless the path is absolute.
    Bad,
}
