// SPDX-License-Identifier: MIT OR Apache-2.0
//! The calls, as they will stand in the modules of this crate (bodies are moving in).
#![allow(unused_variables, missing_docs, clippy::too_many_arguments)]
use crate::*;
use alloc::vec::Vec;
use unix_abi::Result;
use unix_pages::{PageId, PageStore};

/// The files of one world.
pub struct Vfs {}

/// What open(2) led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// The description, with one reference, which the caller owns (and usually puts into a
    /// [`FileTable`]). If [`Vfs::description`] says it is a device of the world's, the world now
    /// opens it, or releases it and gives the device's error (ENXIO).
    Done(DescriptionId),
    /// A FIFO whose other end is not open. The description counts as an opener already: keep it
    /// with the parked thread, and ask [`Vfs::open_continue`] when woken; on a signal, release it.
    Wait(DescriptionId, Wait),
}

/// What a description stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DescriptionKind {
    Regular(InodeId),
    Directory,
    /// A pipe or FIFO.
    Pipe(InodeId),
    /// Any device, also those served here; `block` tells block from character.
    Device {
        device: Device,
        block: bool,
    },
    /// A file of a synthetic file system.
    Synthetic(NodeId),
    /// Opened with `O_PATH`: only a place.
    Path,
    /// An object of the world's own, with the tag given to [`Vfs::open_external`].
    External(u64),
}

/// What there is to know of an open description.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DescriptionInfo {
    pub kind: DescriptionKind,
    pub place: Place,
    /// Status flags and access mode as F_GETFL shows them.
    pub flags: u32,
    pub offset: u64,
    pub readable: bool,
    pub writable: bool,
}

/// One page of a file, for mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilePage {
    /// A page of the store (not yet referenced for the caller).
    Page(PageId),
    /// Bytes of the boot archive, at most a page; the rest of the page is zero.
    Archive {
        bytes: &'static [u8],
        /// Where they begin in the archive.
        archive_offset: usize,
    },
    /// All zero.
    Hole,
    /// Wholly beyond the end of the file: SIGBUS.
    BeyondEnd,
}

/// A time for utimensat(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetTime {
    Now,
    Omit,
    At(Timestamp),
}

/// One entry for getdents64(2).
#[derive(Clone, Copy, Debug)]
pub struct DirectoryEntry<'a> {
    pub ino: u64,
    /// `d_off`: cookie of the position behind this entry.
    pub next: u64,
    pub file_type: FileType,
    pub name: &'a [u8],
}

/// statfs(2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatFs {
    pub magic: u64,
    /// Always [`unix_pages::PAGE_SIZE`].
    pub block_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub files: u64,
    pub files_free: u64,
    pub mount: MountId,
    /// Longest name.
    pub name_length: u64,
}

/// One line of /proc/mounts.
#[derive(Clone, Debug)]
pub struct MountInfo<'a> {
    pub id: MountId,
    pub source: &'a str,
    pub kind: &'a str,
    pub place: Place,
}

/// Whether the last symbolic link of a path is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follow {
    Last,
    NotLast,
}

/// Poll bits that are known here, or who knows them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readiness {
    /// POLLIN | POLLOUT | POLLHUP | POLLERR | POLLRDNORM | POLLWRNORM
    Ready(u32),
    Device(Device),
    External(u64),
}

/// Why an archive cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ArchiveError {
    Empty,
}

/// What came out of an archive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Filled {
    pub entries: usize,
    pub bytes: u64,
}

impl Vfs {
    /// An empty tree: a root directory 0755 of user 0. `seed` keys the name table (any random
    /// number).
    pub fn new(limits: Limits, seed: u64, now: Timestamp) -> Self {
        todo!()
    }
    pub fn limits(&self) -> Limits {
        todo!()
    }
    pub fn usage(&self) -> Usage {
        todo!()
    }
    /// The root directory of the world.
    pub fn root(&self) -> Place {
        todo!()
    }
    /// Fills the tree from a cpio (newc) archive (also several, one after the other). File
    /// contents stay in the archive until they are written.
    pub fn fill_from_archive<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        archive: &'static [u8],
        now: Timestamp,
    ) -> core::result::Result<Filled, ArchiveError> {
        todo!()
    }
    /// The next event since the last call, until there is none.
    pub fn take_event(&mut self) -> Option<Event> {
        todo!()
    }

    // ---- places and directories of processes
    /// Takes a reference on a place, for keeping it.
    pub fn hold(&mut self, place: Place) {
        todo!()
    }
    /// Gives a reference on a place back.
    pub fn release_place<S: PageStore + ?Sized>(&mut self, store: &mut S, place: Place) {
        todo!()
    }
    pub fn new_directories(&mut self, root: Place, working: Place, umask: u32) -> Directories {
        todo!()
    }
    pub fn clone_directories(&mut self, directories: &Directories) -> Directories {
        todo!()
    }
    pub fn release_directories<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        directories: Directories,
    ) {
        todo!()
    }

    // ---- paths
    /// Walks a path. The place is only good until the next call that changes something, unless
    /// held. Empty path: ENOENT.
    pub fn resolve(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        follow: Follow,
    ) -> Result<Place> {
        todo!()
    }
    /// The place for `AT_EMPTY_PATH` calls: like resolve, but an empty path is the base itself.
    pub fn resolve_or_base(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        follow: Follow,
        empty_allowed: bool,
    ) -> Result<Place> {
        todo!()
    }
    /// chdir(2)/fchdir(2): checks the place (directory, search permission); the caller then
    /// stores it with [`Vfs::set_working`].
    pub fn check_directory(&self, caller: &Caller<'_>, place: Place) -> Result<()> {
        todo!()
    }
    pub fn set_working<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        directories: &mut Directories,
        place: Place,
    ) {
        todo!()
    }
    pub fn set_root<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        directories: &mut Directories,
        place: Place,
    ) {
        todo!()
    }
    /// The absolute path of a place as seen from the caller's root, as in /proc/PID/maps and fd
    /// links: with ` (deleted)` behind it when its name is gone, `pipe:[INO]` for pipes.
    pub fn path_of(&self, caller: &Caller<'_>, place: Place, to: &mut Vec<u8>) {
        todo!()
    }
    /// getcwd(2): ENOENT when it was removed.
    pub fn working_directory(&self, caller: &Caller<'_>) -> Result<Vec<u8>> {
        todo!()
    }

    // ---- making, removing, renaming (names are those of the system calls)
    pub fn mkdir(&mut self, caller: &Caller<'_>, base: Base, path: &[u8], mode: u32) -> Result<()> {
        todo!()
    }
    /// `mode` with type bits; regular files, FIFOs, devices.
    pub fn mknod(
        &mut self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        mode: u32,
        device: Device,
    ) -> Result<()> {
        todo!()
    }
    pub fn symlink(
        &mut self,
        caller: &Caller<'_>,
        target: &[u8],
        base: Base,
        path: &[u8],
    ) -> Result<()> {
        todo!()
    }
    /// `flags`: AT_SYMLINK_FOLLOW, AT_EMPTY_PATH.
    pub fn link(
        &mut self,
        caller: &Caller<'_>,
        old_base: Base,
        old: &[u8],
        new_base: Base,
        new: &[u8],
        flags: u32,
    ) -> Result<()> {
        todo!()
    }
    /// unlinkat(2); `flags`: AT_REMOVEDIR.
    pub fn unlink<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
    ) -> Result<()> {
        todo!()
    }
    /// renameat2(2); `flags`: RENAME_NOREPLACE, RENAME_EXCHANGE.
    pub fn rename<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        old_base: Base,
        old: &[u8],
        new_base: Base,
        new: &[u8],
        flags: u32,
    ) -> Result<()> {
        todo!()
    }
    /// readlinkat(2); an empty path reads the link that `base` was opened on with O_PATH.
    /// Appends the whole target (the caller cuts).
    pub fn read_link(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        to: &mut Vec<u8>,
    ) -> Result<()> {
        todo!()
    }

    // ---- attributes, by place (from resolve, or of a description)
    pub fn stat(&self, caller: &Caller<'_>, place: Place) -> Result<Stat> {
        todo!()
    }
    pub fn chmod(&mut self, caller: &Caller<'_>, place: Place, mode: u32) -> Result<()> {
        todo!()
    }
    /// `None` leaves it.
    pub fn chown(
        &mut self,
        caller: &Caller<'_>,
        place: Place,
        uid: Option<u32>,
        gid: Option<u32>,
    ) -> Result<()> {
        todo!()
    }
    pub fn utimens(
        &mut self,
        caller: &Caller<'_>,
        place: Place,
        accessed: SetTime,
        modified: SetTime,
    ) -> Result<()> {
        todo!()
    }
    /// faccessat2(2) with the credentials in `caller` (real ones unless AT_EACCESS);
    /// `mode`: R_OK | W_OK | X_OK.
    pub fn access(&self, caller: &Caller<'_>, place: Place, mode: u32) -> Result<()> {
        todo!()
    }
    /// truncate(2).
    pub fn truncate<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        place: Place,
        size: u64,
    ) -> Result<()> {
        todo!()
    }
    pub fn statfs<S: PageStore + ?Sized>(&self, store: &S, place: Place) -> Result<StatFs> {
        todo!()
    }

    // ---- open descriptions
    /// openat(2). Check for a free descriptor first (EMFILE), as Linux does.
    pub fn open<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
        mode: u32,
    ) -> Result<Opened> {
        todo!()
    }
    /// Whether a waiting FIFO open is complete now.
    pub fn open_continue(&mut self, description: DescriptionId) -> Opened {
        todo!()
    }
    /// For execve(2): a regular file with execute permission, opened for reading; EACCES, ETXTBSY.
    /// While the description lives, nobody can open the file for writing (ETXTBSY).
    pub fn open_executable(
        &mut self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
    ) -> Result<DescriptionId> {
        todo!()
    }
    /// pipe2(2): (read end, write end). `flags`: O_NONBLOCK, O_DIRECT is EINVAL.
    pub fn pipe(
        &mut self,
        caller: &Caller<'_>,
        flags: u32,
    ) -> Result<(DescriptionId, DescriptionId)> {
        todo!()
    }
    /// A description for an object of the world's own (epoll, eventfd, socket …), O_RDWR plus
    /// `flags`. `tag` comes back in transfers, polls, and [`Event::ExternalClosed`]; `name` is what its fd link shows, as
    /// `anon_inode:[eventpoll]`.
    pub fn open_external(
        &mut self,
        tag: u64,
        name: &'static str,
        flags: u32,
    ) -> Result<DescriptionId> {
        todo!()
    }
    /// One more reference.
    pub fn share(&mut self, description: DescriptionId) {
        todo!()
    }
    /// One reference less; the last one closes it. (close(2) of a descriptor is [`FileTable::close`],
    /// which also drops record locks.)
    pub fn release<S: PageStore + ?Sized>(&mut self, store: &mut S, description: DescriptionId) {
        todo!()
    }
    pub fn description(&self, description: DescriptionId) -> DescriptionInfo {
        todo!()
    }
    /// F_SETFL: O_APPEND, O_NONBLOCK, O_NOATIME, (O_DIRECT ignored).
    pub fn set_flags(
        &mut self,
        caller: &Caller<'_>,
        description: DescriptionId,
        flags: u32,
    ) -> Result<()> {
        todo!()
    }
    pub fn read<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        description: DescriptionId,
        position: Position,
        length: usize,
        sink: &mut impl Sink<S>,
    ) -> Result<Transfer> {
        todo!()
    }
    /// EPIPE: the caller sends SIGPIPE.
    pub fn write<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        description: DescriptionId,
        position: Position,
        length: usize,
        source: &mut impl Source<S>,
    ) -> Result<Transfer> {
        todo!()
    }
    /// Contents of a synthetic file for this description ([`Transfer::Synthetic`]); ENOMEM.
    pub fn set_snapshot(&mut self, description: DescriptionId, contents: Vec<u8>) -> Result<()> {
        todo!()
    }
    /// lseek(2), SEEK_DATA and SEEK_HOLE included.
    pub fn seek(
        &mut self,
        caller: &Caller<'_>,
        description: DescriptionId,
        offset: i64,
        whence: u32,
    ) -> Result<u64> {
        todo!()
    }
    pub fn ftruncate<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        description: DescriptionId,
        size: u64,
    ) -> Result<()> {
        todo!()
    }
    /// fallocate(2): 0, KEEP_SIZE, PUNCH_HOLE|KEEP_SIZE, ZERO_RANGE.
    pub fn allocate_range<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        description: DescriptionId,
        mode: u32,
        offset: u64,
        length: u64,
    ) -> Result<()> {
        todo!()
    }
    /// copy_file_range(2), sendfile(2) between regular files, and to and from pipes.
    pub fn copy<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        from: (DescriptionId, Position),
        to: (DescriptionId, Position),
        length: usize,
    ) -> Result<Transfer> {
        todo!()
    }
    /// getdents64(2): entries from the description's position on until `emit` answers false (that
    /// entry comes again next time). The caller gives EINVAL when not even the first one fits.
    pub fn read_directory(
        &mut self,
        caller: &Caller<'_>,
        description: DescriptionId,
        emit: &mut dyn FnMut(DirectoryEntry<'_>) -> bool,
    ) -> Result<()> {
        todo!()
    }
    /// Poll bits of a description.
    pub fn readiness(&self, description: DescriptionId) -> Readiness {
        todo!()
    }
    /// The wait queues that a poll of these POLL bits parks on: (for reading, for writing).
    pub fn poll_waits(
        &self,
        description: DescriptionId,
        events: u32,
    ) -> (Option<Wait>, Option<Wait>) {
        todo!()
    }
    /// FIONREAD of regular files and pipes.
    pub fn readable_bytes(&self, description: DescriptionId) -> Result<u64> {
        todo!()
    }
    pub fn pipe_size(&self, description: DescriptionId) -> Result<u32> {
        todo!()
    }
    pub fn set_pipe_size<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        description: DescriptionId,
        size: u32,
    ) -> Result<u32> {
        todo!()
    }

    // ---- mapping
    /// Keeps a regular file alive for a mapping, and asks for [`Event::Truncated`].
    pub fn hold_mapping(&mut self, inode: InodeId) {
        todo!()
    }
    pub fn release_mapping<S: PageStore + ?Sized>(&mut self, store: &mut S, inode: InodeId) {
        todo!()
    }
    pub fn page_for_mapping(&self, inode: InodeId, index: u64) -> FilePage {
        todo!()
    }
    /// Makes the page one of the store if it is not yet, so that it can be mapped shared (file
    /// writes and the mapping then see each other). ENOSPC when the store is spent; EFAULT beyond the end.
    pub fn cache_page<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        inode: InodeId,
        index: u64,
    ) -> Result<PageId> {
        todo!()
    }
    /// Grows with each write, truncation, or [`Vfs::touch_mapped`].
    pub fn change_counter(&self, inode: InodeId) -> u64 {
        todo!()
    }
    /// A writable shared mapping was written through.
    pub fn touch_mapped(&mut self, caller: &Caller<'_>, inode: InodeId) {
        todo!()
    }

    // ---- locks
    pub fn set_lock(
        &mut self,
        description: DescriptionId,
        owner: LockOwner,
        request: LockRequest,
        wait: bool,
    ) -> Result<LockOutcome> {
        todo!()
    }
    pub fn get_lock(
        &self,
        description: DescriptionId,
        owner: LockOwner,
        request: LockRequest,
    ) -> Result<Option<LockInfo>> {
        todo!()
    }
    /// flock(2): LOCK_SH, LOCK_EX, LOCK_UN, LOCK_NB.
    pub fn flock(&mut self, description: DescriptionId, operation: u32) -> Result<LockOutcome> {
        todo!()
    }
    /// A waiting set_lock was given up (signal): for the deadlock detection.
    pub fn cancel_lock_wait(&mut self, owner: LockOwner) {
        todo!()
    }

    // ---- mounts
    /// Mounts the synthetic file system whose root is `node` on a directory.
    pub fn mount_synthetic(
        &mut self,
        caller: &Caller<'_>,
        on: Place,
        node: NodeId,
        kind: &'static str,
        magic: u64,
    ) -> Result<MountId> {
        todo!()
    }
    /// Mounts an empty tree (tmpfs).
    pub fn mount_tree(
        &mut self,
        caller: &Caller<'_>,
        on: Place,
        source: &[u8],
        mode: u32,
    ) -> Result<MountId> {
        todo!()
    }
    pub fn unmount<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        place: Place,
    ) -> Result<()> {
        todo!()
    }
    pub fn mounts(&self) -> impl Iterator<Item = MountInfo<'_>> {
        [].into_iter()
    }
}

/// Who owns a record lock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LockOwner {
    /// F_SETLK: the process (its id is what F_GETLK shows).
    Process(u32),
    /// F_OFD_SETLK: the description.
    Description(DescriptionId),
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockKind {
    Read,
    Write,
    Unlock,
}
/// A struct flock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LockRequest {
    pub kind: LockKind,
    pub whence: u32,
    pub start: i64,
    pub length: i64,
}
/// A lock in the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LockInfo {
    pub owner: LockOwner,
    pub kind: LockKind,
    pub start: u64,
    /** 0: to the end */
    pub length: u64,
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockOutcome {
    Done,
    Wait(Wait),
}

/// The descriptors of a process: number → description and close-on-exec flag.
pub struct FileTable {}

impl FileTable {
    pub fn new() -> Self {
        todo!()
    }
    /// EBADF.
    pub fn get(&self, fd: u32) -> Result<DescriptionId> {
        todo!()
    }
    /// What a dirfd argument means (AT_FDCWD or a number).
    pub fn base(&self, fd: i32) -> Base {
        todo!()
    }
    /// EMFILE if there is no free number below `limit` (RLIMIT_NOFILE).
    pub fn check_free(&self, limit: u32) -> Result<()> {
        todo!()
    }
    /// Takes over the caller's reference. On EMFILE the reference stays the caller's.
    pub fn insert(
        &mut self,
        description: DescriptionId,
        close_on_exec: bool,
        minimum: u32,
        limit: u32,
    ) -> Result<u32> {
        todo!()
    }
    /// dup(2), F_DUPFD: takes a reference of its own. EINVAL if `minimum` ≥ limit, EMFILE.
    pub fn duplicate(
        &mut self,
        vfs: &mut Vfs,
        fd: u32,
        minimum: u32,
        close_on_exec: bool,
        limit: u32,
    ) -> Result<u32> {
        todo!()
    }
    /// dup2(2) (also with both the same), dup3 (caller checks EINVAL for the same).
    pub fn duplicate_to<S: PageStore + ?Sized>(
        &mut self,
        vfs: &mut Vfs,
        store: &mut S,
        fd: u32,
        to: u32,
        close_on_exec: bool,
        limit: u32,
        process: u32,
    ) -> Result<u32> {
        todo!()
    }
    /// close(2); `process` gives up its record locks on the file.
    pub fn close<S: PageStore + ?Sized>(
        &mut self,
        vfs: &mut Vfs,
        store: &mut S,
        fd: u32,
        process: u32,
    ) -> Result<()> {
        todo!()
    }
    pub fn close_on_exec(&self, fd: u32) -> Result<bool> {
        todo!()
    }
    pub fn set_close_on_exec(&mut self, fd: u32, on: bool) -> Result<()> {
        todo!()
    }
    /// execve(2): closes what is marked.
    pub fn sweep<S: PageStore + ?Sized>(&mut self, vfs: &mut Vfs, store: &mut S, process: u32) {
        todo!()
    }
    /// fork(2).
    pub fn fork(&self, vfs: &mut Vfs) -> FileTable {
        todo!()
    }
    /// exit(2).
    pub fn close_all<S: PageStore + ?Sized>(&mut self, vfs: &mut Vfs, store: &mut S, process: u32) {
        todo!()
    }
    /// The open numbers, rising.
    pub fn iter(&self) -> impl Iterator<Item = (u32, DescriptionId)> + '_ {
        [].into_iter()
    }
}
