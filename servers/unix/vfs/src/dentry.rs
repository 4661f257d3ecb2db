// SPDX-License-Identifier: MIT OR Apache-2.0
//! Directory entries: names, and the table that finds them.
use crate::vfs::MOST_ADDED;
use crate::{DentryId, InodeId, MountId, Vfs};
use alloc::boxed::Box;
use core::hash::Hasher;
use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use hashbrown::HashTable;
use slab::Slab;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

pub(crate) struct Dentry {
    pub name: Box<[u8]>,
    pub inode: InodeId,
    /// The directory that it is, or was last, in. None for the root of a mounted tree. It is held
    /// by a reference.
    pub parent: Option<DentryId>,
    /// Its position in the listing of the directory.
    pub cookie: u64,
    /// Children (also removed ones that are still held), and places held by number.
    pub references: u32,
    /// Whether the directory still has it. One that is neither linked nor referred to is freed.
    pub linked: bool,
    /// What is mounted on it.
    pub mounted: Option<MountId>,
}

impl Dentry {
    /// Heap that an entry counts for beside its name: itself, its slot in the name table (at a
    /// load of a half), its slot in the directory's list.
    pub const COST: usize = size_of::<Dentry>() + 10 + 2 * size_of::<(u64, DentryId)>();
}

/// Finds a dentry by directory and name. It stores indices only: the names stand in the dentries.
pub(crate) struct NameTable {
    table: HashTable<DentryId>,
    seed: u64,
    shared: SharedSeed,
}

impl NameTable {
    pub fn new(seed: u64) -> Self {
        Self {
            table: HashTable::new(),
            seed,
            shared: SharedSeed::from_u64(!seed),
        }
    }

    /// What the table takes when it grows, if that may be at the next call.
    pub fn growth(&self) -> usize {
        let capacity = self.table.capacity();
        if capacity - self.table.len() > 2 * MOST_ADDED {
            return 0;
        }
        // It is loaded to 7/8 at most, and each entry has a byte beside it.
        2 * capacity.next_power_of_two() * (size_of::<DentryId>() + 1)
    }

    fn hash(seed: u64, shared: &SharedSeed, parent: DentryId, name: &[u8]) -> u64 {
        let mut hasher = FoldHasher::with_seed(seed, shared);
        hasher.write_u32(parent.0);
        hasher.write(name);
        hasher.finish()
    }

    fn find(&self, dentries: &Slab<Dentry>, parent: DentryId, name: &[u8]) -> Option<DentryId> {
        let hash = Self::hash(self.seed, &self.shared, parent, name);
        let found = self.table.find(hash, |&id| {
            let dentry = &dentries[id.0 as usize];
            dentry.parent == Some(parent) && *dentry.name == *name
        });
        found.copied()
    }

    fn insert(&mut self, dentries: &Slab<Dentry>, id: DentryId) {
        let Self {
            table,
            seed,
            shared,
        } = self;
        let rehash = |&id: &DentryId| {
            let dentry = &dentries[id.0 as usize];
            let parent = dentry.parent.unwrap_or(id);
            Self::hash(*seed, shared, parent, &dentry.name)
        };
        table.insert_unique(rehash(&id), id, rehash);
    }

    /// Builds the table anew for the entries that are there.
    pub fn compact(&mut self, dentries: &Slab<Dentry>) {
        let old = core::mem::take(&mut self.table);
        self.table.reserve(old.len(), |_| 0);
        for id in old {
            self.insert(dentries, id);
        }
    }

    fn remove(&mut self, dentries: &Slab<Dentry>, id: DentryId) {
        let dentry = &dentries[id.0 as usize];
        let parent = dentry.parent.unwrap_or(id);
        let hash = Self::hash(self.seed, &self.shared, parent, &dentry.name);
        if let Ok(entry) = self.table.find_entry(hash, |&other| other == id) {
            entry.remove();
        }
    }
}

impl Vfs {
    /// The entry with a name in a directory.
    pub(crate) fn child(&self, directory: DentryId, name: &[u8]) -> Option<DentryId> {
        self.names.find(&self.dentries, directory, name)
    }

    /// Adds an entry to a directory. The link count is the caller's business.
    ///
    /// # Errors
    /// ENOSPC beyond the limits.
    pub(crate) fn add_dentry(
        &mut self,
        directory: DentryId,
        name: Box<[u8]>,
        inode: InodeId,
    ) -> Result<DentryId> {
        self.charge(Dentry::COST + name.len(), Errno::ENOSPC)?;
        self.inode_mut(inode).references += 1;
        let id = DentryId(self.dentries.insert(Dentry {
            name,
            inode,
            parent: Some(directory),
            cookie: 0,
            references: 0,
            linked: true,
            mounted: None,
        }) as u32);
        self.dentry_mut(directory).references += 1;
        let cookie = self.directory_mut(directory).add(id);
        self.dentry_mut(id).cookie = cookie;
        self.names.insert(&self.dentries, id);
        Ok(id)
    }

    /// Takes an entry out of its directory; [`Vfs::reap_dentry`] has to follow.
    pub(crate) fn unlink_dentry(&mut self, id: DentryId) {
        self.names.remove(&self.dentries, id);
        let dentry = self.dentry_mut(id);
        dentry.linked = false;
        let cookie = dentry.cookie;
        if let Some(parent) = dentry.parent {
            self.directory_mut(parent).remove(cookie);
        }
    }

    /// Gives an entry another directory and name. It keeps its position in the listing when the
    /// directory stays the same, so that a reader sees it exactly once.
    pub(crate) fn move_dentry(&mut self, id: DentryId, to: DentryId, name: Box<[u8]>) {
        self.names.remove(&self.dentries, id);
        let dentry = self.dentry_mut(id);
        let (cookie, old_length, new_length) = (dentry.cookie, dentry.name.len(), name.len());
        dentry.name = name;
        let from = dentry.parent.replace(to);
        if from != Some(to) {
            self.dentry_mut(to).references += 1;
            if let Some(from) = from {
                self.directory_mut(from).remove(cookie);
                self.dentry_mut(from).references -= 1;
            }
            let cookie = self.directory_mut(to).add(id);
            self.dentry_mut(id).cookie = cookie;
        }
        self.names.insert(&self.dentries, id);
        self.metadata = self.metadata - old_length + new_length;
    }

    /// Lets two entries change directories, names and positions.
    pub(crate) fn swap_dentries(&mut self, one: DentryId, other: DentryId) {
        self.names.remove(&self.dentries, one);
        self.names.remove(&self.dentries, other);
        let Some((a, b)) = self.dentries.get2_mut(one.0 as usize, other.0 as usize) else {
            return;
        };
        core::mem::swap(&mut a.name, &mut b.name);
        core::mem::swap(&mut a.parent, &mut b.parent);
        core::mem::swap(&mut a.cookie, &mut b.cookie);
        for dentry in [one, other] {
            let Dentry { parent, cookie, .. } = *self.dentry(dentry);
            if let Some(parent) = parent {
                self.directory_mut(parent).replace(cookie, dentry);
            }
            self.names.insert(&self.dentries, dentry);
        }
    }

    /// Frees an entry that is neither linked nor referred to, and then its directory likewise, and
    /// so on.
    pub(crate) fn reap_dentry<S: PageStore + ?Sized>(&mut self, store: &mut S, id: DentryId) {
        let mut next = Some(id);
        while let Some(id) = next {
            let dentry = self.dentry(id);
            if dentry.linked || dentry.references > 0 {
                return;
            }
            let dentry = self.dentries.remove(id.0 as usize);
            self.discharge(Dentry::COST + dentry.name.len());
            self.release_inode(store, dentry.inode);
            if let Some(parent) = dentry.parent {
                self.dentry_mut(parent).references -= 1;
            }
            next = dentry.parent;
        }
    }
}
