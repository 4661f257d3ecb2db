// SPDX-License-Identifier: MIT OR Apache-2.0
//! Users and groups of a process, credentials(7). Effective user 0 has every privilege.
use alloc::sync::Arc;
use unix_abi::Errno;

/// Most supplementary groups (`NGROUPS_MAX`).
pub const MAX_GROUPS: usize = 65536;

/// Who a process is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// Real user.
    pub uid: u32,
    /// Effective user.
    pub euid: u32,
    /// Saved user.
    pub suid: u32,
    /// User for file access.
    pub fsuid: u32,
    /// Real group.
    pub gid: u32,
    /// Effective group.
    pub egid: u32,
    /// Saved group.
    pub sgid: u32,
    /// Group for file access.
    pub fsgid: u32,
    /// Supplementary groups.
    pub groups: Arc<[u32]>,
}

impl Credentials {
    /// Root, without supplementary groups.
    pub fn root() -> Self {
        Self::user(0, 0)
    }

    /// An ordinary user.
    pub fn user(uid: u32, gid: u32) -> Self {
        Self {
            uid,
            euid: uid,
            suid: uid,
            fsuid: uid,
            gid,
            egid: gid,
            sgid: gid,
            fsgid: gid,
            groups: Arc::from([]),
        }
    }

    /// Whether this process may do what needs a privilege.
    pub fn is_privileged(&self) -> bool {
        self.euid == 0
    }

    /// Whether the process belongs to a group for file access.
    pub fn in_group(&self, gid: u32) -> bool {
        self.fsgid == gid || self.groups.contains(&gid)
    }

    /// setuid(2). `EINVAL` for -1, `EPERM`.
    pub fn set_uid(&mut self, uid: u32) -> Result<(), Errno> {
        valid(uid)?;
        if self.is_privileged() {
            self.uid = uid;
            self.suid = uid;
        } else if uid != self.uid && uid != self.suid {
            return Err(Errno::EPERM);
        }
        self.euid = uid;
        self.fsuid = uid;
        Ok(())
    }

    /// setgid(2). `EINVAL` for -1, `EPERM`.
    pub fn set_gid(&mut self, gid: u32) -> Result<(), Errno> {
        valid(gid)?;
        if self.is_privileged() {
            self.gid = gid;
            self.sgid = gid;
        } else if gid != self.gid && gid != self.sgid {
            return Err(Errno::EPERM);
        }
        self.egid = gid;
        self.fsgid = gid;
        Ok(())
    }

    /// setreuid(2); `None` (-1) leaves one as it is. `EPERM`.
    pub fn set_reuid(&mut self, real: Option<u32>, effective: Option<u32>) -> Result<(), Errno> {
        if !self.is_privileged() {
            let old = [self.uid, self.euid];
            allowed(real, &old)?;
            allowed(effective, &[self.uid, self.euid, self.suid])?;
        }
        let old_uid = self.uid;
        self.uid = real.unwrap_or(self.uid);
        self.euid = effective.unwrap_or(self.euid);
        if real.is_some() || effective.is_some_and(|euid| euid != old_uid) {
            self.suid = self.euid;
        }
        self.fsuid = self.euid;
        Ok(())
    }

    /// setregid(2); `None` (-1) leaves one as it is. `EPERM`.
    pub fn set_regid(&mut self, real: Option<u32>, effective: Option<u32>) -> Result<(), Errno> {
        if !self.is_privileged() {
            allowed(real, &[self.gid, self.egid])?;
            allowed(effective, &[self.gid, self.egid, self.sgid])?;
        }
        let old_gid = self.gid;
        self.gid = real.unwrap_or(self.gid);
        self.egid = effective.unwrap_or(self.egid);
        if real.is_some() || effective.is_some_and(|egid| egid != old_gid) {
            self.sgid = self.egid;
        }
        self.fsgid = self.egid;
        Ok(())
    }

    /// setresuid(2): real, effective, saved; `None` (-1) leaves one as it is. `EPERM`.
    pub fn set_resuid(&mut self, ids: [Option<u32>; 3]) -> Result<(), Errno> {
        if !self.is_privileged() {
            for id in ids {
                allowed(id, &[self.uid, self.euid, self.suid])?;
            }
        }
        self.uid = ids[0].unwrap_or(self.uid);
        self.euid = ids[1].unwrap_or(self.euid);
        self.suid = ids[2].unwrap_or(self.suid);
        self.fsuid = self.euid;
        Ok(())
    }

    /// setresgid(2): real, effective, saved; `None` (-1) leaves one as it is. `EPERM`.
    pub fn set_resgid(&mut self, ids: [Option<u32>; 3]) -> Result<(), Errno> {
        if !self.is_privileged() {
            for id in ids {
                allowed(id, &[self.gid, self.egid, self.sgid])?;
            }
        }
        self.gid = ids[0].unwrap_or(self.gid);
        self.egid = ids[1].unwrap_or(self.egid);
        self.sgid = ids[2].unwrap_or(self.sgid);
        self.fsgid = self.egid;
        Ok(())
    }

    /// setfsuid(2): the old one is given back whether or not it was changed.
    pub fn set_fsuid(&mut self, uid: u32) -> u32 {
        let old = self.fsuid;
        let own = [self.uid, self.euid, self.suid, self.fsuid];
        if uid != u32::MAX && (self.is_privileged() || own.contains(&uid)) {
            self.fsuid = uid;
        }
        old
    }

    /// setfsgid(2): the old one is given back whether or not it was changed.
    pub fn set_fsgid(&mut self, gid: u32) -> u32 {
        let old = self.fsgid;
        let own = [self.gid, self.egid, self.sgid, self.fsgid];
        if gid != u32::MAX && (self.is_privileged() || own.contains(&gid)) {
            self.fsgid = gid;
        }
        old
    }

    /// setgroups(2). `EPERM`, `EINVAL` for more than [`MAX_GROUPS`] or a group of -1.
    pub fn set_groups(&mut self, groups: &[u32]) -> Result<(), Errno> {
        if !self.is_privileged() {
            return Err(Errno::EPERM);
        }
        if groups.len() > MAX_GROUPS || groups.contains(&u32::MAX) {
            return Err(Errno::EINVAL);
        }
        self.groups = Arc::from(groups);
        Ok(())
    }

    /// What execve(2) makes of them for a file with the set-user-ID or set-group-ID bit: the
    /// file's owner or group becomes the effective one, and the saved ones follow.
    pub fn after_exec(&mut self, owner: Option<u32>, group: Option<u32>) {
        self.euid = owner.unwrap_or(self.euid);
        self.egid = group.unwrap_or(self.egid);
        (self.suid, self.fsuid) = (self.euid, self.euid);
        (self.sgid, self.fsgid) = (self.egid, self.egid);
    }

    /// Whether a process with these credentials may signal one with `target`'s, kill(2).
    pub fn may_signal(&self, target: &Credentials) -> bool {
        self.is_privileged()
            || self.euid == target.suid
            || self.euid == target.uid
            || self.uid == target.suid
            || self.uid == target.uid
    }
}

fn valid(id: u32) -> Result<(), Errno> {
    if id == u32::MAX {
        Err(Errno::EINVAL)
    } else {
        Ok(())
    }
}

fn allowed(id: Option<u32>, own: &[u32]) -> Result<(), Errno> {
    match id {
        Some(id) if !own.contains(&id) => Err(Errno::EPERM),
        _ => Ok(()),
    }
}
