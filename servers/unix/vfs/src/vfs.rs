// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables, and what is counted in them.
use crate::content::Content;
use crate::dentry::{Dentry, NameTable};
use crate::description::Description;
use crate::inode::{Inode, Kind};
use crate::lock::LockWaits;
use crate::mount::Mount;
use crate::pipe::Pipe;
use crate::{
    Caller, DentryId, DescriptionId, Directories, Event, InodeId, Limits, MountId, Place,
    Timestamp, Usage,
};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem::take;
use slab::Slab;
use unix_abi::{Errno, Result};
use unix_pages::{PageId, PageStore};

/// The files of one world.
pub struct Vfs {
    pub(crate) limits: Limits,
    pub(crate) inodes: Slab<Inode>,
    pub(crate) dentries: Slab<Dentry>,
    pub(crate) names: NameTable,
    pub(crate) mounts: Slab<Mount>,
    pub(crate) descriptions: Slab<Description>,
    pub(crate) pipes: Slab<Pipe>,
    pub(crate) lock_waits: LockWaits,
    /// Record locks and flock(2) locks of all inodes.
    pub(crate) locks: u32,
    /// Bytes of heap that [`Limits::metadata_bytes`] bounds.
    pub(crate) metadata: usize,
    /// See [`Vfs::heap_growth`].
    growth: usize,
    /// Pages of the store that hold contents.
    pub(crate) pages: usize,
    pub(crate) events: VecDeque<Event>,
    /// A few empty pages that pipes hand on to each other, so that a busy pipe does not go to the
    /// store for each message and an idle one holds nothing.
    pub(crate) spare_pages: Vec<PageId>,
    next_ino: u64,
}

impl Vfs {
    /// The mount of the root directory.
    pub(crate) const ROOT_MOUNT: MountId = MountId(0);

    /// An empty tree: a root directory 0755 of user 0. `seed` keys the name table: any number
    /// that programs do not know.
    pub fn new(limits: Limits, seed: u64, now: Timestamp) -> Self {
        let mut vfs = Self {
            limits: Limits::UNBOUNDED,
            inodes: Slab::new(),
            dentries: Slab::new(),
            names: NameTable::new(seed),
            mounts: Slab::new(),
            descriptions: Slab::new(),
            pipes: Slab::new(),
            lock_waits: LockWaits::new(),
            locks: 0,
            metadata: 0,
            growth: 0,
            pages: 0,
            events: VecDeque::new(),
            spare_pages: Vec::new(),
            next_ino: 1,
        };
        match vfs.add_root_directory(Self::ROOT_MOUNT, 0o755, now) {
            Ok(root) => vfs.mounts.insert(Mount::of_world(root)),
            Err(_) => unreachable!("no limit is set yet"),
        };
        vfs.limits = limits;
        vfs
    }

    /// The bounds given to [`Vfs::new`].
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What is in use.
    pub fn usage(&self) -> Usage {
        Usage {
            inodes: self.inodes.len() as u32,
            descriptions: self.descriptions.len() as u32,
            pipes: self.pipes.len() as u32,
            locks: self.locks,
            metadata_bytes: self.metadata,
            pages: self.pages,
        }
    }

    /// The root directory of the world.
    pub fn root(&self) -> Place {
        match self.mount_root(Self::ROOT_MOUNT) {
            Place::Dentry(root) => self.cross_mounts(root),
            place => place,
        }
    }

    /// The oldest event that was not taken yet. Ask after each call, until there is none.
    pub fn take_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Adds an event; a wake-up that comes twice in a row is one.
    pub(crate) fn event(&mut self, event: Event) {
        let repeats = matches!(event, Event::Wake(_)) && self.events.back() == Some(&event);
        if !repeats {
            self.events.push_back(event);
        }
    }

    pub(crate) fn new_ino(&mut self) -> u64 {
        let ino = self.next_ino;
        self.next_ino += 1;
        ino
    }

    pub(crate) fn inode(&self, id: InodeId) -> &Inode {
        &self.inodes[id.0 as usize]
    }

    pub(crate) fn inode_mut(&mut self, id: InodeId) -> &mut Inode {
        &mut self.inodes[id.0 as usize]
    }

    pub(crate) fn dentry(&self, id: DentryId) -> &Dentry {
        &self.dentries[id.0 as usize]
    }

    pub(crate) fn dentry_mut(&mut self, id: DentryId) -> &mut Dentry {
        &mut self.dentries[id.0 as usize]
    }

    pub(crate) fn descriptor(&self, id: DescriptionId) -> &Description {
        &self.descriptions[id.0 as usize]
    }

    pub(crate) fn descriptor_mut(&mut self, id: DescriptionId) -> &mut Description {
        &mut self.descriptions[id.0 as usize]
    }

    /// Counts heap that is about to be used.
    pub(crate) fn charge(&mut self, bytes: usize, error: Errno) -> Result<()> {
        self.growth = self.next_growth();
        match self.metadata.checked_add(bytes) {
            Some(sum) if sum <= self.limits.metadata_bytes => {
                self.metadata = sum;
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Bytes of heap in one piece that a table may take at the next call, because it is nearly full and doubles. Whoever
    /// calls makes sure that they are there, beside what calls take anyway.
    pub fn heap_growth(&self) -> usize {
        self.growth
    }

    fn next_growth(&self) -> usize {
        growth_of(&self.inodes)
            + growth_of(&self.dentries)
            + growth_of(&self.descriptions)
            + growth_of(&self.pipes)
            + self.names.growth()
    }

    /// Counts heap that was given back.
    pub(crate) fn discharge(&mut self, bytes: usize) {
        self.metadata -= bytes;
    }

    /// Takes a reference on a place, for keeping it.
    pub fn hold(&mut self, place: Place) {
        match place {
            Place::Dentry(dentry) => self.dentry_mut(dentry).references += 1,
            Place::Synthetic(mount, _) => self.mounts[mount.0 as usize].holds += 1,
            Place::Inode(inode) => self.inode_mut(inode).references += 1,
            Place::External(_) => {}
        }
    }

    /// Gives back a reference that [`Vfs::hold`] took.
    pub fn release_place<S: PageStore + ?Sized>(&mut self, store: &mut S, place: Place) {
        match place {
            Place::Dentry(dentry) => {
                self.dentry_mut(dentry).references -= 1;
                self.reap_dentry(store, dentry);
            }
            Place::Synthetic(mount, _) => self.mounts[mount.0 as usize].holds -= 1,
            Place::Inode(inode) => self.release_inode(store, inode),
            Place::External(_) => {}
        }
    }

    /// Root, working directory and umask of a first process.
    pub fn new_directories(&mut self, root: Place, working: Place, umask: u32) -> Directories {
        self.hold(root);
        self.hold(working);
        Directories {
            root,
            working,
            umask: umask & 0o777,
        }
    }

    /// The same for a child (fork(2)).
    pub fn clone_directories(&mut self, directories: &Directories) -> Directories {
        self.new_directories(directories.root, directories.working, directories.umask)
    }

    /// Gives the references of a process that ends back.
    pub fn release_directories<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        directories: Directories,
    ) {
        self.release_place(store, directories.root);
        self.release_place(store, directories.working);
    }

    /// Makes a place the working directory (chdir(2); after [`Vfs::check_directory`]).
    pub fn set_working<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        directories: &mut Directories,
        place: Place,
    ) {
        self.hold(place);
        let old = core::mem::replace(&mut directories.working, place);
        self.release_place(store, old);
    }

    /// Makes a place the root directory (chroot(2); after [`Vfs::check_directory`]). The caller
    /// checks for the privilege (EPERM).
    pub fn set_root<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        directories: &mut Directories,
        place: Place,
    ) {
        self.hold(place);
        let old = core::mem::replace(&mut directories.root, place);
        self.release_place(store, old);
    }

    /// Whether a place can be a working or root directory.
    ///
    /// # Errors
    /// ENOTDIR; EACCES without search permission.
    pub fn check_directory(&self, caller: &Caller<'_>, place: Place) -> Result<()> {
        if !self.is_directory(caller, place)? {
            return Err(Errno::ENOTDIR);
        }
        self.check_permission(caller, place, crate::permission::SEARCH)
    }

    /// Hands the spare pages back to the store (when memory is short).
    pub fn trim<S: PageStore + ?Sized>(&mut self, store: &mut S) {
        for page in take(&mut self.spare_pages) {
            store.release(page);
            self.pages -= 1;
        }
    }

    /// Hands pages back to the store that hold nothing but what the archive holds, and that nobody has mapped (when memory is
    /// short).
    pub fn drop_clean<S: PageStore + ?Sized>(&mut self, store: &mut S) {
        self.trim(store);
        for index in 0..self.inodes.capacity() {
            if let Some(Inode {
                kind: Kind::Regular(content),
                ..
            }) = self.inodes.get_mut(index)
            {
                let freed = content.drop_clean(store);
                self.account(freed);
            }
        }
    }

    /// The pages of all files: the page, the file, its index there.
    pub fn pages(&self) -> impl Iterator<Item = (PageId, InodeId, u64)> + '_ {
        self.inodes.iter().flat_map(|(number, inode)| {
            let content = match &inode.kind {
                Kind::Regular(content) => Some(content),
                _ => None,
            };
            let pages = content.into_iter().flat_map(Content::pages);
            pages.map(move |(index, page)| (page, InodeId(number as u32), index))
        })
    }

    /// Puts a page with the same bytes in the place of one that a file has; takes its reference.
    pub fn exchange_page<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        index: u64,
        page: PageId,
    ) {
        let old = self
            .content_mut(inode)
            .and_then(|content| content.exchange(index, page));
        store.release(old.unwrap_or(page));
    }

    /// Builds all tables anew, as small as they can be, so that the heap behind them can shrink. Nothing that can be seen from
    /// outside changes.
    pub fn compact(&mut self) {
        self.inodes = take(&mut self.inodes).into_iter().collect();
        for (_, inode) in &mut self.inodes {
            if let Kind::Regular(content) = &mut inode.kind {
                content.compact();
            }
        }
        self.dentries = take(&mut self.dentries).into_iter().collect();
        self.names.compact(&self.dentries);
        self.mounts = take(&mut self.mounts).into_iter().collect();
        self.descriptions = take(&mut self.descriptions).into_iter().collect();
        self.pipes = take(&mut self.pipes).into_iter().collect();
        let events = take(&mut self.events);
        self.events = VecDeque::with_capacity(events.len());
        self.events.extend(events);
        self.spare_pages = Vec::new();
    }

    /// Whether an inode is a directory.
    pub(crate) fn inode_is_directory(&self, inode: InodeId) -> bool {
        matches!(self.inode(inode).kind, Kind::Directory(_))
    }
}

/// No call adds more entries to a table than this.
pub(crate) const MOST_ADDED: usize = 8;

/// What a table takes when it doubles, if that may be at the next call.
fn growth_of<T>(table: &Slab<T>) -> usize {
    // An entry is the value or the number of the next free one.
    let entry = size_of::<T>() + size_of::<usize>();
    if table.capacity() - table.len() > 2 * MOST_ADDED {
        0
    } else {
        2 * table.capacity() * entry
    }
}
