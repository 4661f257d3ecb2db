// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who may do what to which file (path_resolution(7), "Permissions"; capabilities(7)).
use crate::{Caller, Credentials, FileType, Place, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

/// To look up names in a directory, or execute a file.
pub(crate) const SEARCH: u32 = c::X_OK;
/// To read a file or list a directory.
pub(crate) const READ: u32 = c::R_OK;
/// To write a file.
pub(crate) const WRITE: u32 = c::W_OK;
/// To add and remove names in a directory.
pub(crate) const CHANGE: u32 = c::W_OK | c::X_OK;

/// The part of a file's attributes that permission checks look at.
#[derive(Clone, Copy)]
pub(crate) struct Ownership {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

impl Ownership {
    pub fn file_type(&self) -> Option<FileType> {
        FileType::from_mode(self.mode)
    }

    /// Whether it may be accessed as `wanted` (bits of access(2)) says.
    pub fn permits(&self, credentials: &Credentials<'_>, wanted: u32) -> bool {
        let granted = if credentials.uid == self.uid {
            self.mode >> 6
        } else if credentials.in_group(self.gid) {
            self.mode >> 3
        } else {
            self.mode
        };
        if wanted & !granted & 7 == 0 {
            return true;
        }
        // CAP_DAC_OVERRIDE does not make a file executable that nobody may execute.
        credentials.is_privileged()
            && (wanted & SEARCH == 0
                || self.mode & 0o111 != 0
                || self.file_type() == Some(FileType::Directory))
    }

    /// Whether the caller owns it, or has `CAP_FOWNER`.
    pub fn owned(&self, credentials: &Credentials<'_>) -> bool {
        credentials.is_privileged() || credentials.uid == self.uid
    }
}

impl Vfs {
    pub(crate) fn ownership(&self, caller: &Caller<'_>, place: Place) -> Result<Ownership> {
        if let Place::Synthetic(_, node) = place {
            let attributes = caller.synthetic.attributes(node)?;
            let crate::Attributes { mode, uid, gid, .. } = attributes;
            return Ok(Ownership { mode, uid, gid });
        }
        let Some(inode) = self.inode_at(place) else {
            return Ok(Ownership {
                mode: 0o600,
                uid: 0,
                gid: 0,
            });
        };
        let inode = self.inode(inode);
        Ok(Ownership {
            mode: inode.mode,
            uid: inode.uid,
            gid: inode.gid,
        })
    }

    pub(crate) fn check_permission(
        &self,
        caller: &Caller<'_>,
        place: Place,
        wanted: u32,
    ) -> Result<()> {
        if self
            .ownership(caller, place)?
            .permits(&caller.credentials, wanted)
        {
            Ok(())
        } else {
            Err(Errno::EACCES)
        }
    }

    /// access(2), faccessat2(2): whether the credentials in `caller` (the real ones, unless
    /// `AT_EACCESS`) permit `mode` (`R_OK`, `W_OK`, `X_OK`; 0 is `F_OK`).
    ///
    /// # Errors
    /// EACCES; EINVAL for other bits.
    pub fn access(&self, caller: &Caller<'_>, place: Place, mode: u32) -> Result<()> {
        if mode & !7 != 0 {
            return Err(Errno::EINVAL);
        }
        self.check_permission(caller, place, mode)
    }
}
