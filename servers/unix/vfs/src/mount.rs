// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mounted file systems (mount(2)): trees in memory and synthetic ones.
use crate::{Caller, DentryId, Device, MountId, NodeId, Place, Vfs};
use alloc::boxed::Box;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

#[derive(Clone, Copy)]
pub(crate) enum MountRoot {
    Tree(DentryId),
    Synthetic(NodeId),
}

pub(crate) struct Mount {
    root: MountRoot,
    /// The entry it covers; none for the root of the world. It is held by a reference.
    on: Option<DentryId>,
    source: Box<[u8]>,
    file_system: &'static str,
    pub magic: u32,
    /// Places in a synthetic file system that are held.
    pub holds: u32,
}

impl Mount {
    /// Heap that a mount counts for beside its source's name.
    const COST: usize = size_of::<Mount>();

    /// The mount of the world's root directory. Not named `rootfs`, which df and others take for
    /// what Linux keeps below its real root, and leave out.
    pub fn of_world(root: DentryId) -> Self {
        Self {
            root: MountRoot::Tree(root),
            on: None,
            source: Box::from(*b"tmpfs"),
            file_system: "tmpfs",
            magic: c::TMPFS_MAGIC,
            holds: 0,
        }
    }
}

/// One line of `/proc/mounts` (proc_pid_mounts(5)); [`Vfs::path_of`] gives the place's path.
#[derive(Clone, Copy, Debug)]
pub struct MountInfo<'a> {
    /// The mount.
    pub id: MountId,
    /// First column: what was mounted.
    pub source: &'a [u8],
    /// Second column, as a place: the root directory of the mount.
    pub place: Place,
    /// Third column: the type.
    pub file_system: &'static str,
}

impl MountId {
    /// What pipes and other objects without a name carry instead of a mount.
    pub(crate) const NONE: Self = Self(u32::MAX);

    /// `st_dev`: 0:1 for objects without a mount, and from 0:2 on.
    pub const fn device(self) -> Device {
        Device {
            major: 0,
            minor: if self.0 == u32::MAX { 1 } else { self.0 + 2 },
        }
    }
}

impl Vfs {
    /// The root directory of a mount.
    pub(crate) fn mount_root(&self, mount: MountId) -> Place {
        match self.mounts[mount.0 as usize].root {
            MountRoot::Tree(root) => Place::Dentry(root),
            MountRoot::Synthetic(node) => Place::Synthetic(mount, node),
        }
    }

    /// The entry that a mount covers.
    pub(crate) fn mounted_on(&self, mount: MountId) -> Option<DentryId> {
        self.mounts[mount.0 as usize].on
    }

    /// From an entry to what is mounted on it, if anything is, through all layers.
    pub(crate) fn cross_mounts(&self, mut dentry: DentryId) -> Place {
        while let Some(mount) = self.dentry(dentry).mounted {
            match self.mount_root(mount) {
                Place::Dentry(root) => dentry = root,
                place => return place,
            }
        }
        Place::Dentry(dentry)
    }

    /// Mounts the synthetic file system whose root is `node` on a directory. `file_system` is its
    /// type in `/proc/mounts`, `magic` that in statfs(2).
    ///
    /// # Errors
    /// EPERM for users other than 0; ENOTDIR; EBUSY on top of another synthetic file system;
    /// ENOSPC.
    pub fn mount_synthetic(
        &mut self,
        caller: &Caller<'_>,
        on: Place,
        node: NodeId,
        file_system: &'static str,
        magic: u32,
    ) -> Result<MountId> {
        let dentry = self.mount_point(caller, on)?;
        let source = file_system.as_bytes();
        self.charge(Mount::COST + source.len(), Errno::ENOSPC)?;
        Ok(self.add_mount(
            dentry,
            MountRoot::Synthetic(node),
            source,
            file_system,
            magic,
        ))
    }

    /// Mounts an empty tree in memory (tmpfs) on a directory; `permissions` are those of its root
    /// directory.
    ///
    /// # Errors
    /// As [`Vfs::mount_synthetic`].
    pub fn mount_tree(
        &mut self,
        caller: &Caller<'_>,
        on: Place,
        source: &[u8],
        permissions: u32,
    ) -> Result<MountId> {
        let dentry = self.mount_point(caller, on)?;
        let id = MountId(self.mounts.vacant_key() as u32);
        let heap = Mount::COST + source.len();
        self.charge(heap, Errno::ENOSPC)?;
        let root = self.add_root_directory(id, permissions, caller.now);
        let root = root.inspect_err(|_| self.discharge(heap))?;
        Ok(self.add_mount(
            dentry,
            MountRoot::Tree(root),
            source,
            "tmpfs",
            c::TMPFS_MAGIC,
        ))
    }

    fn mount_point(&self, caller: &Caller<'_>, on: Place) -> Result<DentryId> {
        if !caller.credentials.is_privileged() {
            return Err(Errno::EPERM);
        }
        match on {
            Place::Dentry(dentry) if self.inode_is_directory(self.dentry(dentry).inode) => {
                Ok(dentry)
            }
            Place::Synthetic(..) => Err(Errno::EBUSY),
            _ => Err(Errno::ENOTDIR),
        }
    }

    fn add_mount(
        &mut self,
        on: DentryId,
        root: MountRoot,
        source: &[u8],
        file_system: &'static str,
        magic: u32,
    ) -> MountId {
        let source = source.into();
        let id = MountId(self.mounts.insert(Mount {
            root,
            on: Some(on),
            source,
            file_system,
            magic,
            holds: 0,
        }) as u32);
        self.dentry_mut(on).mounted = Some(id);
        self.dentry_mut(on).references += 1;
        id
    }

    /// Takes the file system away whose root directory the place is (umount2(2)); a tree's files
    /// are gone.
    ///
    /// # Errors
    /// EPERM for users other than 0; EINVAL if the place is not the root of a mount; EBUSY while
    /// anything in it is in use, or for the root of the world.
    pub fn unmount<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        place: Place,
    ) -> Result<()> {
        if !caller.credentials.is_privileged() {
            return Err(Errno::EPERM);
        }
        let mut mounts = self.mounts.iter().map(|(index, _)| MountId(index as u32));
        let id = mounts
            .find(|&id| self.mount_root(id) == place)
            .ok_or(Errno::EINVAL)?;
        let on = self.mounted_on(id).ok_or(Errno::EBUSY)?;
        match self.mounts[id.0 as usize].root {
            MountRoot::Synthetic(_) if self.mounts[id.0 as usize].holds > 0 => {
                return Err(Errno::EBUSY);
            }
            MountRoot::Synthetic(_) => {}
            MountRoot::Tree(root) => self.drop_tree(store, id, root)?,
        }
        let mount = self.mounts.remove(id.0 as usize);
        self.discharge(Mount::COST + mount.source.len());
        self.dentry_mut(on).mounted = None;
        self.release_place(store, Place::Dentry(on));
        Ok(())
    }

    /// Removes all entries of a tree, if none is held from outside.
    fn drop_tree<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        mount: MountId,
        root: DentryId,
    ) -> Result<()> {
        let of_mount = |id: &DentryId| self.inode(self.dentry(*id).inode).mount == mount;
        let all = self
            .dentries
            .iter()
            .map(|(index, _)| DentryId(index as u32));
        let dentries: alloc::vec::Vec<DentryId> = all.filter(of_mount).collect();
        // Each entry but the root refers to its directory; anything more is somebody outside.
        let references: u32 = dentries.iter().map(|&id| self.dentry(id).references).sum();
        if references as usize != dentries.len() - 1 {
            return Err(Errno::EBUSY);
        }
        for &id in &dentries {
            if id != root && self.dentry(id).linked {
                self.unlink_dentry(id);
            }
        }
        self.dentry_mut(root).linked = false;
        // Leaves first: what is freed frees its directory behind it.
        for &id in &dentries {
            if self
                .dentries
                .get(id.0 as usize)
                .is_some_and(|dentry| dentry.references == 0)
            {
                self.reap_dentry(store, id);
            }
        }
        Ok(())
    }

    /// The mounts in the order of their ids.
    pub fn mounts(&self) -> impl Iterator<Item = MountInfo<'_>> {
        self.mounts.iter().map(|(index, mount)| MountInfo {
            id: MountId(index as u32),
            source: &mount.source,
            place: self.mount_root(MountId(index as u32)),
            file_system: mount.file_system,
        })
    }
}
