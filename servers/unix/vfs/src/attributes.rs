// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attributes: stat(2), chmod(2), chown(2), utimensat(2), statfs(2).
use crate::inode::Inode;
use crate::permission::WRITE;
use crate::{
    Attributes, Caller, DescriptionId, FileType, InodeId, MountId, Place, Stat, Timestamp, Vfs,
};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageStore};

/// What utimensat(2) does with a time stamp.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetTime {
    /// `UTIME_NOW`
    Now,
    /// `UTIME_OMIT`: it stays.
    Omit,
    /// This one.
    At(Timestamp),
}

impl SetTime {
    fn apply(self, to: &mut Timestamp, now: Timestamp) {
        match self {
            SetTime::Now => *to = now,
            SetTime::Omit => {}
            SetTime::At(time) => *to = time,
        }
    }
}

/// What statfs(2) tells of a file system.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatFs {
    /// Its type (`f_type`).
    pub magic: u32,
    /// Bytes in a block (`f_bsize`).
    pub block_size: u64,
    /// Blocks there are (`f_blocks`); 0 where nothing is stored.
    pub blocks: u64,
    /// Blocks that are free (`f_bfree`, `f_bavail`).
    pub blocks_free: u64,
    /// Files there can be (`f_files`).
    pub files: u64,
    /// Files that can be added (`f_ffree`).
    pub files_free: u64,
    /// The mount (`f_fsid`).
    pub mount: MountId,
    /// Longest name, in bytes (`f_namelen`).
    pub name_length: u64,
}

impl Vfs {
    /// stat(2) of a place.
    ///
    /// # Errors
    /// ENOENT if a synthetic file is gone.
    pub fn stat(&self, caller: &Caller<'_>, place: Place) -> Result<Stat> {
        if let Some(inode) = self.inode_at(place) {
            return Ok(self.inode(inode).stat());
        }
        let (mount, attributes) = match place {
            Place::Synthetic(mount, node) => (mount, caller.synthetic.attributes(node)?),
            _ => {
                let (ino, links) = (1, 1);
                let mode = c::S_IRUSR | c::S_IWUSR;
                let (special, time) = Default::default();
                let (uid, gid, size) = (0, 0, 0);
                (
                    MountId::NONE,
                    Attributes {
                        ino,
                        mode,
                        links,
                        uid,
                        gid,
                        special,
                        size,
                        time,
                    },
                )
            }
        };
        let Attributes {
            ino,
            mode,
            links,
            uid,
            gid,
            special,
            size,
            time,
        } = attributes;
        Ok(Stat {
            device: mount.device(),
            ino,
            mode,
            links,
            uid,
            gid,
            special,
            size,
            blocks: 0,
            accessed: time,
            modified: time,
            changed: time,
            born: time,
        })
    }

    /// fstat(2).
    ///
    /// # Errors
    /// ENOENT if a synthetic file is gone.
    pub fn stat_description(&self, caller: &Caller<'_>, id: DescriptionId) -> Result<Stat> {
        self.stat(caller, self.descriptor(id).place)
    }

    /// The inode whose attributes are to be changed by its owner.
    fn changeable(&self, place: Place) -> Result<InodeId> {
        // Those of synthetic files are the world's.
        self.inode_at(place).ok_or(Errno::EPERM)
    }

    /// chmod(2): permission bits and set-user-ID, set-group-ID, sticky.
    ///
    /// # Errors
    /// EPERM for others than the owner; EOPNOTSUPP for a symbolic link itself.
    pub fn chmod(&mut self, caller: &Caller<'_>, place: Place, mode: u32) -> Result<()> {
        let id = self.changeable(place)?;
        if self.inode(id).file_type() == FileType::Symlink {
            return Err(Errno::EOPNOTSUPP);
        }
        if !self.ownership(caller, place)?.owned(&caller.credentials) {
            return Err(Errno::EPERM);
        }
        let credentials = caller.credentials;
        let inode = self.inode_mut(id);
        let mut mode = mode & 0o7777;
        if !credentials.is_privileged() && !credentials.in_group(inode.gid) {
            mode &= !c::S_ISGID;
        }
        inode.mode = inode.mode & c::S_IFMT | mode;
        inode.changed = caller.now;
        Ok(())
    }

    /// chown(2); `None` leaves owner or group as they are. Set-user-ID and set-group-ID bits of
    /// files that are no directories go.
    ///
    /// # Errors
    /// EPERM.
    pub fn chown(
        &mut self,
        caller: &Caller<'_>,
        place: Place,
        uid: Option<u32>,
        gid: Option<u32>,
    ) -> Result<()> {
        let id = self.changeable(place)?;
        let credentials = caller.credentials;
        let inode = self.inode(id);
        let owner = credentials.uid == inode.uid;
        let uid_allowed = uid.is_none_or(|uid| owner && uid == inode.uid);
        let gid_allowed =
            gid.is_none_or(|gid| owner && (gid == inode.gid || credentials.in_group(gid)));
        let allowed = credentials.is_privileged() || uid_allowed && gid_allowed;
        if !allowed {
            return Err(Errno::EPERM);
        }
        let inode = self.inode_mut(id);
        let mode = inode.mode;
        if inode.file_type() != FileType::Directory {
            inode.drop_set_ids(&credentials);
        }
        // Even a call that changes nothing else is a chmod then.
        if inode.mode != mode && !owner && !credentials.is_privileged() {
            inode.mode = mode;
            return Err(Errno::EPERM);
        }
        inode.uid = uid.unwrap_or(inode.uid);
        inode.gid = gid.unwrap_or(inode.gid);
        inode.changed = caller.now;
        Ok(())
    }

    /// utimensat(2).
    ///
    /// # Errors
    /// EPERM, or EACCES when both are `Now`, for those who may not.
    pub fn utimens(
        &mut self,
        caller: &Caller<'_>,
        place: Place,
        accessed: SetTime,
        modified: SetTime,
    ) -> Result<()> {
        if (accessed, modified) == (SetTime::Omit, SetTime::Omit) {
            return Ok(());
        }
        let id = self.changeable(place)?;
        let ownership = self.ownership(caller, place)?;
        if !ownership.owned(&caller.credentials) {
            if (accessed, modified) != (SetTime::Now, SetTime::Now) {
                return Err(Errno::EPERM);
            }
            if !ownership.permits(&caller.credentials, WRITE) {
                return Err(Errno::EACCES);
            }
        }
        let inode: &mut Inode = self.inode_mut(id);
        accessed.apply(&mut inode.accessed, caller.now);
        modified.apply(&mut inode.modified, caller.now);
        inode.changed = caller.now;
        Ok(())
    }

    /// statfs(2) of the file system that a place is in. Space is that of the store, which all
    /// file systems of the world share.
    ///
    /// # Errors
    /// None at present; the type leaves room for file systems that fail.
    pub fn statfs<S: PageStore + ?Sized>(&self, store: &S, place: Place) -> Result<StatFs> {
        let mount = self.mount_of(place);
        let magic = self
            .mounts
            .get(mount.0 as usize)
            .map_or(c::PIPEFS_MAGIC, |it| it.magic);
        let stores = matches!(place, Place::Dentry(_));
        let (mut blocks, mut blocks_free, mut files, mut files_free) = (0, 0, 0, 0);
        if stores {
            blocks_free = store.available_for_files() as u64;
            blocks = blocks_free + store.used() as u64;
            files = u64::from(self.limits.inodes);
            files_free = files - self.inodes.len() as u64;
        }
        Ok(StatFs {
            magic,
            block_size: PAGE_SIZE as u64,
            blocks,
            blocks_free,
            files,
            files_free,
            mount,
            name_length: u64::from(c::NAME_MAX),
        })
    }
}
