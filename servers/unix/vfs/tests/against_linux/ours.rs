// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file system under test, driven as the world drives it.
use crate::Side;
use crate::host::digest;
use crate::operation::{CLOCK, Operation, Reply};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::{PageStore, VecPages};
use unix_vfs::*;

const PROCESS: u32 = 1;
const LIMIT: u32 = 1024;

pub struct Ours {
    vfs: Vfs,
    store: VecPages,
    table: FileTable,
    /// Slots of the test, as numbers in the table.
    slots: Vec<u32>,
    directories: Option<Directories>,
    uid: u32,
    gid: u32,
    privileged: bool,
}

/// Runs a call with the caller of now.
macro_rules! call {
    ($self:ident, |$caller:ident| $body:expr) => {{
        let directories = $self.directories.take().expect("directories");
        let $caller = &Caller {
            credentials: Credentials {
                uid: $self.uid,
                gid: $self.gid,
                groups: &[],
            },
            directories: &directories,
            now: Timestamp {
                seconds: CLOCK,
                nanoseconds: 0,
            },
            file_size_limit: u64::MAX,
            synthetic: &NoSynthetic,
        };
        let result = $body;
        $self.directories = Some(directories);
        result
    }};
}

fn nothing<T>(_: T) -> Reply {
    Reply::Nothing
}

fn stat_reply(stat: Stat) -> Reply {
    let is_link = stat.file_type() == FileType::Symlink;
    let time = |time: Timestamp| {
        if time.seconds < CLOCK && !is_link {
            time.seconds
        } else {
            -1
        }
    };
    Reply::Stat {
        mode: stat.mode,
        links: stat.links,
        uid: stat.uid,
        gid: stat.gid,
        size: stat.size,
        blocks: stat.blocks,
        times: (time(stat.accessed), time(stat.modified)),
    }
}

fn time(time: Option<i64>) -> SetTime {
    match time {
        None => SetTime::Omit,
        Some(-1) => SetTime::Now,
        Some(seconds) => SetTime::At(Timestamp {
            seconds,
            nanoseconds: 0,
        }),
    }
}

fn lock_request(kind: u32, whence: u32, start: i64, length: i64) -> LockRequest {
    let kind = match kind {
        c::F_RDLCK => LockKind::Read,
        c::F_WRLCK => LockKind::Write,
        _ => LockKind::Unlock,
    };
    LockRequest {
        kind,
        whence,
        start,
        length,
    }
}

impl Ours {
    pub fn new((uid, gid): (u32, u32)) -> Self {
        let now = Timestamp {
            seconds: CLOCK,
            nanoseconds: 0,
        };
        let mut vfs = Vfs::new(Limits::default(), 42, now);
        let root = vfs.root();
        let directories = Some(vfs.new_directories(root, root, 0));
        let store = VecPages::new(1 << 16);
        let (table, slots) = (FileTable::new(), Vec::new());
        let mut ours = Self {
            vfs,
            store,
            table,
            slots,
            directories,
            uid: 0,
            gid: 0,
            privileged: uid == 0,
        };
        call!(ours, |caller| ours.vfs.chmod(caller, root, 0o777)).expect("chmod");
        call!(ours, |caller| ours.vfs.chown(
            caller,
            root,
            Some(uid),
            Some(gid)
        ))
        .expect("chown");
        (ours.uid, ours.gid) = (uid, gid);
        ours
    }

    /// Everything is given back.
    pub fn finish(mut self) {
        self.table
            .close_all(&mut self.vfs, &mut self.store, PROCESS);
        let directories = self.directories.take().expect("directories");
        self.vfs.release_directories(&mut self.store, directories);
        self.vfs.trim(&mut self.store);
        assert_eq!(
            self.vfs.usage().pages,
            self.store.used(),
            "pages are counted"
        );
        let root = self.vfs.root();
        self.directories = Some(self.vfs.new_directories(root, root, 0));
        (self.uid, self.gid) = (0, 0);
        self.remove_all(b"/");
        let left = self.vfs.usage();
        assert_eq!(
            (left.inodes, left.descriptions, left.pipes, left.locks),
            (1, 0, 0, 0)
        );
        assert_eq!((left.pages, self.store.used()), (0, 0), "no page is lost");
        let empty = Vfs::new(Limits::default(), 42, Timestamp::default()).usage();
        assert_eq!(
            left.metadata_bytes, empty.metadata_bytes,
            "all heap is counted back"
        );
    }

    fn remove_all(&mut self, directory: &[u8]) {
        for (name, kind) in self.names_of(directory) {
            let path = [directory, b"/", &name].concat();
            let is_directory = kind == FileType::Directory.directory_entry_type();
            if is_directory {
                self.remove_all(&path);
            }
            let flags = if is_directory { c::AT_REMOVEDIR } else { 0 };
            let (vfs, store) = (&mut self.vfs, &mut self.store);
            call!(self, |caller| vfs.unlink(
                store,
                caller,
                Base::Working,
                &path,
                flags
            ))
            .expect("unlink");
        }
    }

    fn names_of(&mut self, directory: &[u8]) -> Vec<(Vec<u8>, u8)> {
        let opened = self
            .open(Base::Working, directory, c::O_RDONLY, 0)
            .expect("open");
        let mut names = self.list(opened).expect("list");
        self.vfs.release(&mut self.store, opened);
        names.retain(|(name, _)| name != b"." && name != b"..");
        names
    }

    fn slot(&self, slot: usize) -> Option<DescriptionId> {
        if self.slots.is_empty() {
            return None;
        }
        Some(
            self.table
                .get(self.slots[slot % self.slots.len()])
                .expect("an open slot"),
        )
    }

    fn open(&mut self, base: Base, path: &[u8], flags: u32, mode: u32) -> Result<DescriptionId> {
        let (vfs, store) = (&mut self.vfs, &mut self.store);
        match call!(self, |caller| vfs
            .open(store, caller, base, path, flags, mode))?
        {
            Opened::Done(description) => Ok(description),
            Opened::Wait(..) => unreachable!("nothing waits with O_NONBLOCK"),
        }
    }

    fn open_slot(&mut self, base: Base, path: &[u8], flags: u32, mode: u32) -> Result<Reply> {
        self.table.check_free(LIMIT)?;
        let description = self.open(base, path, flags, mode)?;
        self.add(description)
    }

    fn add(&mut self, description: DescriptionId) -> Result<Reply> {
        self.slots
            .push(self.table.insert(description, false, 0, LIMIT)?);
        Ok(Reply::Nothing)
    }

    fn list(&mut self, description: DescriptionId) -> Result<Vec<(Vec<u8>, u8)>> {
        let _ = self.vfs.seek(description, 0, c::SEEK_SET);
        let mut names = Vec::new();
        // In pieces, as with a small buffer.
        loop {
            let mut some = 0;
            call!(self, |caller| self.vfs.read_directory(
                caller,
                description,
                &mut |entry| {
                    some += 1;
                    if some <= 2 {
                        names.push((entry.name.to_vec(), entry.file_type.directory_entry_type()));
                    }
                    some <= 2
                }
            ))?;
            if some == 0 {
                break;
            }
        }
        names.sort();
        let _ = self.vfs.seek(description, 0, c::SEEK_SET);
        Ok(names)
    }

    fn read(&mut self, id: DescriptionId, position: Position, length: usize) -> Result<Vec<u8>> {
        let mut buffer = vec![0; length];
        let (vfs, store) = (&mut self.vfs, &mut self.store);
        let sink = &mut SliceSink(&mut buffer);
        match call!(self, |caller| vfs
            .read(store, caller, id, position, length, sink))?
        {
            Transfer::Done(done) => {
                buffer.truncate(done);
                Ok(buffer)
            }
            other => unreachable!("{other:?}"),
        }
    }

    fn write(&mut self, id: DescriptionId, position: Position, bytes: &[u8]) -> Result<Reply> {
        let (vfs, store) = (&mut self.vfs, &mut self.store);
        let source = &mut SliceSource(bytes);
        match call!(self, |caller| vfs.write(
            store,
            caller,
            id,
            position,
            bytes.len(),
            source
        ))? {
            Transfer::Done(done) => Ok(Reply::Number(done as u64)),
            other => unreachable!("{other:?}"),
        }
    }

    fn resolve(&mut self, path: &[u8], follow: bool) -> Result<Place> {
        let follow = if follow {
            Follow::Last
        } else {
            Follow::NotLast
        };
        call!(self, |caller| self.vfs.resolve(
            caller,
            Base::Working,
            path,
            follow
        ))
    }

    fn usable(&self, id: DescriptionId) -> Result<Place> {
        let info = self.vfs.description(id);
        // fchmod(2) and the like do not work on O_PATH.
        if info.kind == DescriptionKind::Path {
            Err(Errno::EBADF)
        } else {
            Ok(info.place)
        }
    }

    fn enter(&mut self, place: Place) -> Result<Reply> {
        call!(self, |caller| self.vfs.check_directory(caller, place))?;
        let directories = self.directories.as_mut().expect("directories");
        self.vfs.set_working(&mut self.store, directories, place);
        Ok(Reply::Nothing)
    }

    fn copy_range(
        &mut self,
        from: (DescriptionId, u64),
        to: (DescriptionId, u64),
        length: usize,
    ) -> Result<Reply> {
        // What copy_file_range(2) asks before it moves anything.
        let (source, target) = (self.vfs.description(from.0), self.vfs.description(to.0));
        let kinds = [source.kind, target.kind];
        if kinds.contains(&DescriptionKind::Path) {
            return Err(Errno::EBADF);
        }
        if kinds.contains(&DescriptionKind::Directory) {
            return Err(Errno::EISDIR);
        }
        for info in [source, target] {
            if !matches!(info.kind, DescriptionKind::Regular(_)) {
                return Err(Errno::EINVAL);
            }
        }
        if !source.readable || !target.writable || target.flags & c::O_APPEND != 0 {
            return Err(Errno::EBADF);
        }
        let size = match source.kind {
            DescriptionKind::Regular(inode) => self.vfs.file_size(inode),
            _ => 0,
        };
        let real = (length as u64).min(size.saturating_sub(from.1));
        let overlaps = from.1 < to.1 + real && to.1 < from.1 + real;
        if source.kind == target.kind && overlaps {
            return Err(Errno::EINVAL);
        }
        let (from, to) = ((from.0, Position::At(from.1)), (to.0, Position::At(to.1)));
        let (vfs, store) = (&mut self.vfs, &mut self.store);
        match call!(self, |caller| vfs.copy(store, caller, from, to, length))? {
            Transfer::Done(done) => Ok(Reply::Number(done as u64)),
            other => unreachable!("{other:?}"),
        }
    }

    fn call(&mut self, operation: &Operation) -> Option<Result<Reply>> {
        use Operation as O;
        let at = Base::Working;
        Some(match operation {
            O::User(user) => {
                if self.privileged {
                    let id = [0, 1000, 1001][*user];
                    (self.uid, self.gid) = (id, id);
                }
                Ok(Reply::Nothing)
            }
            O::Umask(bits) => {
                let directories = self.directories.as_mut().expect("directories");
                let old = std::mem::replace(&mut directories.umask, *bits);
                Ok(Reply::Number(old.into()))
            }
            O::Mkdir(path, mode) => {
                call!(self, |caller| self.vfs.mkdir(caller, at, path, *mode)).map(nothing)
            }
            O::Mknod(path, mode) => {
                let none = Device::default();
                call!(self, |caller| self.vfs.mknod(caller, at, path, *mode, none)).map(nothing)
            }
            O::Symlink(target, path) => {
                call!(self, |caller| self.vfs.symlink(caller, target, at, path)).map(nothing)
            }
            O::Link(..) if !crate::settings().protects_links && self.uid != 0 => return None,
            O::Link(old, new, follow) => {
                let flags = if *follow { c::AT_SYMLINK_FOLLOW } else { 0 };
                call!(self, |caller| self.vfs.link(
                    caller,
                    (at, old),
                    (at, new),
                    flags
                ))
                .map(nothing)
            }
            O::Unlink(path) => {
                let (vfs, store) = (&mut self.vfs, &mut self.store);
                call!(self, |caller| vfs.unlink(store, caller, at, path, 0)).map(nothing)
            }
            O::Rmdir(path) => {
                let (vfs, store) = (&mut self.vfs, &mut self.store);
                call!(self, |caller| vfs.unlink(
                    store,
                    caller,
                    at,
                    path,
                    c::AT_REMOVEDIR
                ))
                .map(nothing)
            }
            O::Rename(old, new, flags) => {
                let (vfs, store) = (&mut self.vfs, &mut self.store);
                call!(self, |caller| vfs.rename(
                    store,
                    caller,
                    (at, old),
                    (at, new),
                    *flags
                ))
                .map(nothing)
            }
            O::Open(path, flags, mode) => self.open_slot(at, path, *flags, *mode),
            O::OpenAt(slot, path, flags, mode) => {
                let base = Base::Description(self.slot(*slot)?);
                self.open_slot(base, path, *flags, *mode)
            }
            O::Duplicate(slot) => {
                self.slot(*slot)?;
                let fd = self.slots[slot % self.slots.len()];
                self.table
                    .duplicate(&mut self.vfs, fd, 0, false, LIMIT)
                    .map(|new| {
                        self.slots.push(new);
                        Reply::Nothing
                    })
            }
            O::Close(slot) => {
                self.slot(*slot)?;
                let index = slot % self.slots.len();
                let fd = self.slots.swap_remove(index);
                self.table
                    .close(&mut self.vfs, &mut self.store, fd, PROCESS)
                    .map(nothing)
            }
            O::Read(slot, length) => self
                .read(self.slot(*slot)?, Position::Current, *length)
                .map(Reply::Bytes),
            O::Write(slot, length, byte) => {
                self.write(self.slot(*slot)?, Position::Current, &vec![*byte; *length])
            }
            O::ReadAt(slot, length, offset) => self
                .read(self.slot(*slot)?, Position::At(*offset), *length)
                .map(Reply::Bytes),
            O::WriteAt(slot, length, offset, byte) => self.write(
                self.slot(*slot)?,
                Position::At(*offset),
                &vec![*byte; *length],
            ),
            O::Seek(slot, offset, whence) => {
                let id = self.slot(*slot)?;
                let is_directory = self.vfs.description(id).kind == DescriptionKind::Directory;
                let (offset, whence) = if is_directory {
                    (0, c::SEEK_SET)
                } else {
                    (*offset, *whence)
                };
                self.vfs.seek(id, offset, whence).map(Reply::Number)
            }
            O::SetSize(slot, size) => {
                let id = self.slot(*slot)?;
                let (vfs, store) = (&mut self.vfs, &mut self.store);
                call!(self, |caller| vfs.ftruncate(store, caller, id, *size)).map(nothing)
            }
            O::Truncate(path, size) => self.resolve(path, true).and_then(|place| {
                let (vfs, store) = (&mut self.vfs, &mut self.store);
                call!(self, |caller| vfs.truncate(store, caller, place, *size)).map(nothing)
            }),
            O::Allocate(slot, mode, offset, length) => {
                let id = self.slot(*slot)?;
                let (vfs, store) = (&mut self.vfs, &mut self.store);
                call!(self, |caller| {
                    vfs.allocate_range(store, caller, id, *mode, *offset, *length)
                })
                .map(nothing)
            }
            O::CopyRange(from, from_offset, to, to_offset, length) => {
                let (from, to) = (self.slot(*from)?, self.slot(*to)?);
                self.copy_range((from, *from_offset), (to, *to_offset), *length)
            }
            O::Stat(path, follow) => self.resolve(path, *follow).and_then(|place| {
                call!(self, |caller| self.vfs.stat(caller, place)).map(stat_reply)
            }),
            O::StatDescriptor(slot) => {
                let id = self.slot(*slot)?;
                call!(self, |caller| self.vfs.stat_description(caller, id)).map(stat_reply)
            }
            O::SetFlags(slot, flags) => {
                let id = self.slot(*slot)?;
                call!(self, |caller| self.vfs.set_flags(caller, id, *flags)).map(nothing)
            }
            O::GetFlags(slot) => {
                let info = self.vfs.description(self.slot(*slot)?);
                Ok(Reply::Number(info.flags.into()))
            }
            O::ReadDirectory(slot) => {
                let id = self.slot(*slot)?;
                self.list(id).map(Reply::Names)
            }
            O::ChangeMode(path, mode) => self.resolve(path, true).and_then(|place| {
                call!(self, |caller| self.vfs.chmod(caller, place, *mode)).map(nothing)
            }),
            O::ChangeModeDescriptor(slot, mode) => {
                self.usable(self.slot(*slot)?).and_then(|place| {
                    call!(self, |caller| self.vfs.chmod(caller, place, *mode)).map(nothing)
                })
            }
            O::ChangeOwner(path, uid, gid, follow) => {
                self.resolve(path, *follow).and_then(|place| {
                    call!(self, |caller| self.vfs.chown(caller, place, *uid, *gid)).map(nothing)
                })
            }
            O::SetTimes(path, accessed, modified) => {
                let (accessed, modified) = (time(*accessed), time(*modified));
                if (accessed, modified) == (SetTime::Omit, SetTime::Omit) {
                    // Linux does not even look at the path.
                    return Some(Ok(Reply::Nothing));
                }
                self.resolve(path, true).and_then(|place| {
                    call!(self, |caller| self
                        .vfs
                        .utimens(caller, place, accessed, modified))
                    .map(nothing)
                })
            }
            O::Access(path, mode) => self.resolve(path, true).and_then(|place| {
                call!(self, |caller| self.vfs.access(caller, place, *mode)).map(nothing)
            }),
            O::ReadLink(path) => {
                let mut target = Vec::new();
                call!(self, |caller| self.vfs.read_link(
                    caller,
                    at,
                    path,
                    &mut target
                ))
                .map(|()| Reply::Bytes(target))
            }
            O::ChangeDirectory(path) => {
                self.resolve(path, true).and_then(|place| self.enter(place))
            }
            O::ChangeDirectoryDescriptor(slot) => {
                let place = self.vfs.description(self.slot(*slot)?).place;
                self.enter(place)
            }
            O::WorkingDirectory => {
                if !self.privileged {
                    return None;
                }
                call!(self, |caller| self.vfs.working_directory(caller)).map(Reply::Bytes)
            }
            O::Pipe => call!(self, |caller| self.vfs.pipe(caller, c::O_NONBLOCK)).and_then(
                |(reader, writer)| {
                    self.add(reader)?;
                    self.add(writer)
                },
            ),
            O::Poll(slot) => match self.vfs.readiness(self.slot(*slot)?) {
                Readiness::Ready(bits) => {
                    let asked = 0x145 | c::POLLHUP | c::POLLERR | c::POLLNVAL;
                    Ok(Reply::Number((bits & asked).into()))
                }
                other => unreachable!("{other:?}"),
            },
            O::PipeSize(slot, size) => {
                let id = self.slot(*slot)?;
                call!(self, |caller| self.vfs.set_pipe_size(caller, id, *size))
                    .and_then(|_| self.vfs.pipe_size(id))
                    .map(|size| Reply::Number(size.into()))
            }
            O::ReadableBytes(slot) => {
                let id = self.slot(*slot)?;
                let place = self.vfs.description(id).place;
                let stat = call!(self, |caller| self.vfs.stat(caller, place));
                if stat.map(|stat| stat.file_type()) == Ok(FileType::Fifo) {
                    self.vfs.readable_bytes(id).map(Reply::Number)
                } else {
                    Ok(Reply::Nothing)
                }
            }
            O::Flock(slot, operation) => {
                let id = self.slot(*slot)?;
                self.vfs.flock(id, *operation | c::LOCK_NB).map(nothing)
            }
            O::SetLock(slot, kind, whence, start, length) => {
                let id = self.slot(*slot)?;
                let request = lock_request(*kind, *whence, *start, *length);
                self.vfs
                    .set_lock(id, LockOwner::Description(id), request, false)
                    .map(nothing)
            }
            O::GetLock(slot, kind, whence, start, length) => {
                let id = self.slot(*slot)?;
                let request = lock_request(*kind, *whence, *start, *length);
                let lock = self.vfs.get_lock(id, LockOwner::Description(id), request);
                lock.map(|lock| match lock {
                    None => Reply::Lock(c::F_UNLCK, 0, 0),
                    Some(lock) => {
                        let kind = if lock.kind == LockKind::Read {
                            c::F_RDLCK
                        } else {
                            c::F_WRLCK
                        };
                        Reply::Lock(kind, lock.start as i64, lock.length as i64)
                    }
                })
            }
        })
    }

    fn walk(&mut self, path: &[u8], lines: &mut Vec<String>) {
        let place = self.resolve(path, false).expect("resolve");
        let stat = call!(self, |caller| self.vfs.stat(caller, place)).expect("stat");
        let Reply::Stat {
            mode,
            links,
            uid,
            gid,
            size,
            blocks,
            times,
        } = stat_reply(stat)
        else {
            return;
        };
        let name = String::from_utf8_lossy(path);
        let mut line = format!("{name} {mode:o} {links} {uid} {gid} {size} {blocks} {times:?}");
        if stat.file_type() != FileType::Symlink {
            call!(self, |caller| self.vfs.chmod(caller, place, 0o777)).expect("chmod");
        }
        match stat.file_type() {
            FileType::Symlink => {
                let mut target = Vec::new();
                call!(self, |caller| {
                    self.vfs.read_link(caller, Base::Working, path, &mut target)
                })
                .expect("readlink");
                line += &format!(" {target:?}");
            }
            FileType::Regular if size < 1 << 20 => {
                let id = self
                    .open(Base::Working, path, c::O_RDONLY, 0)
                    .expect("open");
                let bytes = self
                    .read(id, Position::Current, size as usize)
                    .expect("read");
                self.vfs.release(&mut self.store, id);
                line += &digest(&bytes);
            }
            _ => {}
        }
        lines.push(line);
        if stat.file_type() == FileType::Directory {
            for (name, _) in self.names_of(path) {
                let separator: &[u8] = if path == b"/" { b"" } else { b"/" };
                self.walk(&[path, separator, &name].concat(), lines);
            }
        }
    }
}

impl Side for Ours {
    fn perform(&mut self, operation: &Operation) -> std::result::Result<Reply, i32> {
        let reply = match self.call(operation) {
            None => Ok(Reply::NoSlot),
            Some(outcome) => outcome.map_err(Errno::into_raw),
        };
        while self.vfs.take_event().is_some() {}
        reply
    }

    fn tree(&mut self) -> Vec<String> {
        if self.privileged {
            (self.uid, self.gid) = (0, 0);
        }
        for fd in std::mem::take(&mut self.slots) {
            self.table
                .close(&mut self.vfs, &mut self.store, fd, PROCESS)
                .expect("close");
        }
        let root = self.vfs.root();
        if !self.privileged {
            call!(self, |caller| self.vfs.chmod(caller, root, 0o777)).expect("chmod");
        }
        let directories = self.directories.as_mut().expect("directories");
        self.vfs.set_working(&mut self.store, directories, root);
        let mut lines = Vec::new();
        self.walk(if self.privileged { b"/" } else { b"." }, &mut lines);
        lines
    }
}
