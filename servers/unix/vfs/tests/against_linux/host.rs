// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host's Linux.
use crate::Side;
use crate::operation::{CLOCK, Operation, Path as Name, Reply};
use nix::fcntl::{FcntlArg, fcntl};
use rustix::fd::OwnedFd;
use rustix::fs::{
    self, AtFlags, CWD, FileType, Mode, OFlags, RawDir, SeekFrom, Stat, Timespec, Timestamps,
};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};
use rustix::{event, io, pipe, process, thread};
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;
use unix_abi::linux::general::F_UNLCK;

pub struct Host {
    slots: Vec<OwnedFd>,
    privileged: bool,
    root: Arc<OwnedFd>,
}

type Outcome = Result<Reply, Errno>;

fn nothing<T>(_: T) -> Reply {
    Reply::Nothing
}

fn number(value: impl TryInto<u64>) -> Reply {
    Reply::Number(value.try_into().unwrap_or(u64::MAX))
}

fn mode(bits: u32) -> Mode {
    Mode::from_raw_mode(bits)
}

fn stat_reply(stat: Stat) -> Reply {
    let is_link = FileType::from_raw_mode(stat.st_mode) == FileType::Symlink;
    // Following a link touches it on Linux; here links are not read as files are.
    let time = |seconds: i64| {
        if seconds < CLOCK && !is_link {
            seconds
        } else {
            -1
        }
    };
    Reply::Stat {
        mode: stat.st_mode,
        links: stat.st_nlink as u32,
        uid: stat.st_uid,
        gid: stat.st_gid,
        size: stat.st_size as u64,
        // Long targets take a page there, heap here.
        blocks: if is_link { 0 } else { stat.st_blocks as u64 },
        times: (time(stat.st_atime), time(stat.st_mtime)),
    }
}

impl Host {
    /// Begins a case: an empty root directory of mode 0777.
    pub fn new(privileged: bool, root: Arc<OwnedFd>) -> Self {
        let host = Self {
            slots: Vec::new(),
            privileged,
            root,
        };
        // The case before may have ended as another user, and somewhere else.
        host.set_user(0);
        process::umask(Mode::empty());
        fs::fchmod(&host.root, mode(0o777)).expect("chmod");
        process::fchdir(&host.root).expect("root");
        remove_all(Path::new("."));
        fs::fchown(
            &host.root,
            Some(process::geteuid()),
            Some(process::getegid()),
        )
        .expect("chown");
        let now = Timestamps {
            last_access: timespec(Some(-1)),
            last_modification: timespec(Some(-1)),
        };
        fs::futimens(&host.root, &now).expect("futimens");
        if privileged {
            thread::set_thread_groups(&[]).expect("no groups");
        }
        host
    }

    pub fn user(&self) -> (u32, u32) {
        (process::geteuid().as_raw(), process::getegid().as_raw())
    }

    fn set_user(&self, user: usize) {
        if !self.privileged {
            return;
        }
        let id = [0, 1000, 1001][user];
        let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
        let (root, wheel) = (Uid::ROOT, Gid::ROOT);
        thread::set_thread_res_uid(root, root, root).expect("back to root");
        thread::set_thread_res_gid(gid, gid, wheel).expect("group");
        thread::set_thread_res_uid(root, uid, root).expect("user");
    }

    fn slot(&self, slot: usize) -> Option<&OwnedFd> {
        if self.slots.is_empty() {
            None
        } else {
            self.slots.get(slot % self.slots.len())
        }
    }

    fn list(fd: &OwnedFd) -> Result<Vec<(Vec<u8>, u8)>, Errno> {
        let _ = fs::seek(fd, SeekFrom::Start(0));
        let mut buffer = [MaybeUninit::uninit(); 65536];
        let mut directory = RawDir::new(fd, &mut buffer);
        let mut names = Vec::new();
        while let Some(entry) = directory.next() {
            let entry = entry?;
            names.push((
                entry.file_name().to_bytes().to_vec(),
                type_number(entry.file_type()),
            ));
        }
        names.sort();
        // Positions in directories are the file system's own.
        let _ = fs::seek(fd, SeekFrom::Start(0));
        Ok(names)
    }

    fn call(&mut self, operation: &Operation) -> Option<Outcome> {
        use Operation as O;
        let c_path = |path: &Name| path.0.clone();
        Some(match operation {
            O::User(user) => {
                self.set_user(*user);
                Ok(Reply::Nothing)
            }
            O::Umask(bits) => Ok(number(process::umask(mode(*bits)).as_raw_mode())),
            O::Mkdir(path, bits) => fs::mkdirat(CWD, c_path(path), mode(*bits)).map(nothing),
            O::Mknod(path, bits) => {
                let kind = FileType::from_raw_mode(*bits);
                fs::mknodat(CWD, c_path(path), kind, mode(*bits & 0o7777), 0).map(nothing)
            }
            O::Symlink(target, path) => {
                fs::symlinkat(c_path(target), CWD, c_path(path)).map(nothing)
            }
            O::Link(..) if !crate::settings().protects_links && self.user().0 != 0 => return None,
            O::Link(old, new, follow) => {
                let flags = if *follow {
                    AtFlags::SYMLINK_FOLLOW
                } else {
                    AtFlags::empty()
                };
                fs::linkat(CWD, c_path(old), CWD, c_path(new), flags).map(nothing)
            }
            O::Unlink(path) => fs::unlinkat(CWD, c_path(path), AtFlags::empty()).map(nothing),
            O::Rmdir(path) => fs::unlinkat(CWD, c_path(path), AtFlags::REMOVEDIR).map(nothing),
            O::Rename(old, new, flags) => {
                let flags = fs::RenameFlags::from_bits_retain(*flags);
                fs::renameat_with(CWD, c_path(old), CWD, c_path(new), flags).map(nothing)
            }
            O::Open(path, flags, bits) => {
                let flags = OFlags::from_bits_retain(*flags);
                fs::openat(CWD, c_path(path), flags, mode(*bits)).map(|fd| self.add(fd))
            }
            O::OpenAt(slot, path, flags, bits) => {
                let flags = OFlags::from_bits_retain(*flags);
                fs::openat(self.slot(*slot)?, c_path(path), flags, mode(*bits))
                    .map(|fd| self.add(fd))
            }
            O::Duplicate(slot) => io::dup(self.slot(*slot)?).map(|fd| self.add(fd)),
            O::Close(slot) => {
                self.slot(*slot)?;
                let index = slot % self.slots.len();
                self.slots.swap_remove(index);
                Ok(Reply::Nothing)
            }
            O::Read(slot, length) => {
                let mut buffer = vec![0; *length];
                io::read(self.slot(*slot)?, &mut buffer[..])
                    .map(|n| Reply::Bytes(buffer[..n].to_vec()))
            }
            O::Write(slot, length, byte) => {
                io::write(self.slot(*slot)?, &vec![*byte; *length]).map(number)
            }
            O::ReadAt(slot, length, offset) => {
                let mut buffer = vec![0; *length];
                io::pread(self.slot(*slot)?, &mut buffer[..], *offset)
                    .map(|n| Reply::Bytes(buffer[..n].to_vec()))
            }
            O::WriteAt(slot, length, offset, byte) => {
                io::pwrite(self.slot(*slot)?, &vec![*byte; *length], *offset).map(number)
            }
            O::Seek(slot, offset, whence) => {
                let fd = self.slot(*slot)?;
                let position = match *whence {
                    0 => SeekFrom::Start(*offset as u64),
                    1 => SeekFrom::Current(*offset),
                    2 => SeekFrom::End(*offset),
                    3 => SeekFrom::Data(*offset as u64),
                    _ => SeekFrom::Hole(*offset as u64),
                };
                let is_directory = fs::fstat(fd)
                    .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory);
                // Positions in directories are the file system's own.
                let position = if is_directory {
                    SeekFrom::Start(0)
                } else {
                    position
                };
                fs::seek(fd, position).map(number)
            }
            O::SetSize(slot, size) => fs::ftruncate(self.slot(*slot)?, *size).map(nothing),
            O::Truncate(path, size) => return Some(truncate(path, *size)),
            O::Allocate(slot, flags, offset, length) => {
                let flags = fs::FallocateFlags::from_bits_retain(*flags);
                fs::fallocate(self.slot(*slot)?, flags, *offset, *length).map(nothing)
            }
            O::CopyRange(from, from_offset, to, to_offset, length) => {
                let (mut a, mut b) = (*from_offset, *to_offset);
                let (from, to) = (self.slot(*from)?, self.slot(*to)?);
                fs::copy_file_range(from, Some(&mut a), to, Some(&mut b), *length).map(number)
            }
            O::Stat(path, follow) => {
                let flags = if *follow {
                    AtFlags::empty()
                } else {
                    AtFlags::SYMLINK_NOFOLLOW
                };
                fs::statat(CWD, c_path(path), flags).map(stat_reply)
            }
            O::StatDescriptor(slot) => fs::fstat(self.slot(*slot)?).map(stat_reply),
            O::SetFlags(slot, flags) => {
                fs::fcntl_setfl(self.slot(*slot)?, OFlags::from_bits_retain(*flags)).map(nothing)
            }
            O::GetFlags(slot) => {
                // O_LARGEFILE shows on Linux: it is the caller's business here.
                let shown = |flags: OFlags| flags.bits() & !0o100000;
                fs::fcntl_getfl(self.slot(*slot)?).map(|flags| number(shown(flags)))
            }
            O::ReadDirectory(slot) => Self::list(self.slot(*slot)?).map(Reply::Names),
            O::ChangeMode(path, bits) => {
                fs::chmodat(CWD, c_path(path), mode(*bits), AtFlags::empty()).map(nothing)
            }
            O::ChangeModeDescriptor(slot, bits) => {
                fs::fchmod(self.slot(*slot)?, mode(*bits)).map(nothing)
            }
            O::ChangeOwner(path, uid, gid, follow) => {
                let flags = if *follow {
                    AtFlags::empty()
                } else {
                    AtFlags::SYMLINK_NOFOLLOW
                };
                let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
                fs::chownat(CWD, c_path(path), uid, gid, flags).map(nothing)
            }
            O::SetTimes(path, accessed, modified) => {
                let times = Timestamps {
                    last_access: timespec(*accessed),
                    last_modification: timespec(*modified),
                };
                fs::utimensat(CWD, c_path(path), &times, AtFlags::empty()).map(nothing)
            }
            O::Access(path, bits) => {
                let access = fs::Access::from_bits_retain(*bits);
                fs::accessat(CWD, c_path(path), access, AtFlags::EACCESS).map(nothing)
            }
            O::ReadLink(path) => fs::readlinkat(CWD, c_path(path), Vec::new())
                .map(|target| Reply::Bytes(target.into_bytes())),
            O::ChangeDirectory(path) => process::chdir(c_path(path)).map(nothing),
            O::ChangeDirectoryDescriptor(slot) => process::fchdir(self.slot(*slot)?).map(nothing),
            O::WorkingDirectory => {
                if !self.privileged {
                    return None;
                }
                process::getcwd(Vec::new()).map(|path| Reply::Bytes(path.into_bytes()))
            }
            O::Pipe => pipe::pipe_with(pipe::PipeFlags::NONBLOCK).map(|(reader, writer)| {
                self.add(reader);
                self.add(writer)
            }),
            O::Poll(slot) => {
                let fd = self.slot(*slot)?;
                let mut fds = [event::PollFd::new(
                    fd,
                    event::PollFlags::from_bits_retain(0x145),
                )];
                let timeout = Timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                };
                let result = event::poll(&mut fds, Some(&timeout));
                result.map(|_| number(fds[0].revents().bits()))
            }
            O::PipeSize(slot, size) => {
                let fd = self.slot(*slot)?;
                let set = pipe::fcntl_setpipe_size(fd, *size as usize).map(number);
                set.and_then(|_| pipe::fcntl_getpipe_size(fd)).map(number)
            }
            O::ReadableBytes(slot) => {
                let fd = self.slot(*slot)?;
                let stat = fs::fstat(fd).map(|stat| FileType::from_raw_mode(stat.st_mode));
                if stat == Ok(FileType::Fifo) {
                    io::ioctl_fionread(fd).map(number)
                } else {
                    Ok(Reply::Nothing)
                }
            }
            O::Flock(slot, operation) => {
                use fs::FlockOperation as F;
                let operation = match *operation {
                    1 => F::NonBlockingLockShared,
                    2 => F::NonBlockingLockExclusive,
                    _ => F::NonBlockingUnlock,
                };
                fs::flock(self.slot(*slot)?, operation).map(nothing)
            }
            O::SetLock(slot, kind, whence, start, length) => {
                let lock = flock(*kind, *whence, *start, *length);
                let result = fcntl(self.slot(*slot)?, FcntlArg::F_OFD_SETLK(&lock));
                result.map(nothing).map_err(errno)
            }
            O::GetLock(slot, kind, whence, start, length) => {
                let mut lock = flock(*kind, *whence, *start, *length);
                let result = fcntl(self.slot(*slot)?, FcntlArg::F_OFD_GETLK(&mut lock));
                let free = lock.l_type == F_UNLCK as i16;
                let (start, length) = if free {
                    (0, 0)
                } else {
                    (lock.l_start, lock.l_len)
                };
                result
                    .map(|_| Reply::Lock(lock.l_type as u32, start, length))
                    .map_err(errno)
            }
        })
    }

    fn add(&mut self, fd: OwnedFd) -> Reply {
        self.slots.push(fd);
        Reply::Nothing
    }

    fn walk(path: &Path, lines: &mut Vec<String>) {
        let stat = fs::lstat(path).expect("lstat");
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
        let name = path.display();
        let mut line = format!("{name} {mode:o} {links} {uid} {gid} {size} {blocks} {times:?}");
        if FileType::from_raw_mode(mode) != FileType::Symlink {
            // It is the owner who reads, and not always the superuser.
            fs::chmod(path, Mode::from_raw_mode(0o777)).expect("chmod");
        }
        match FileType::from_raw_mode(mode) {
            FileType::Symlink => {
                let target = fs::readlink(path, Vec::new()).expect("readlink");
                line += &format!(" {:?}", target.as_bytes());
            }
            FileType::RegularFile if size < 1 << 20 => {
                line += &digest(&std::fs::read(path).expect("read"));
            }
            _ => {}
        }
        lines.push(line);
        if FileType::from_raw_mode(mode) == FileType::Directory {
            let entries = std::fs::read_dir(path).expect("read_dir");
            let mut names: Vec<_> = entries.map(|entry| entry.expect("entry").path()).collect();
            names.sort();
            for name in names {
                Self::walk(&name, lines);
            }
        }
    }
}

/// Empties a directory.
fn remove_all(directory: &Path) {
    for entry in std::fs::read_dir(directory).expect("readable") {
        let entry = entry.expect("entry").path();
        if entry.is_dir() && !entry.is_symlink() {
            fs::chmod(&entry, mode(0o700)).expect("chmod");
            remove_all(&entry);
            std::fs::remove_dir(&entry).expect("empty");
        } else {
            std::fs::remove_file(&entry).expect("nothing is left over");
        }
    }
}

/// Enough to tell contents apart.
pub fn digest(bytes: &[u8]) -> String {
    let sum = bytes.iter().fold(7u64, |sum, &byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    format!(" {} {sum:x}", bytes.len())
}

fn flock(kind: u32, whence: u32, start: i64, length: i64) -> nix::libc::flock {
    let (l_type, l_whence) = (kind as i16, whence as i16);
    nix::libc::flock {
        l_type,
        l_whence,
        l_start: start,
        l_len: length,
        l_pid: 0,
    }
}

fn errno(error: nix::Error) -> Errno {
    Errno::from_raw_os_error(error as i32)
}

/// Rustix has no truncate(2).
fn truncate(path: &[u8], size: u64) -> Outcome {
    match nix::unistd::truncate(path, size as i64) {
        Ok(()) => Ok(Reply::Nothing),
        Err(error) => Err(errno(error)),
    }
}

fn timespec(time: Option<i64>) -> Timespec {
    match time {
        None => Timespec {
            tv_sec: 0,
            tv_nsec: fs::UTIME_OMIT,
        },
        Some(-1) => Timespec {
            tv_sec: 0,
            tv_nsec: fs::UTIME_NOW,
        },
        Some(seconds) => Timespec {
            tv_sec: seconds,
            tv_nsec: 0,
        },
    }
}

fn type_number(file_type: FileType) -> u8 {
    (file_type.as_raw_mode() >> 12) as u8
}

impl Side for Host {
    fn perform(&mut self, operation: &Operation) -> Result<Reply, i32> {
        match self.call(operation) {
            None => Ok(Reply::NoSlot),
            Some(outcome) => outcome.map_err(Errno::raw_os_error),
        }
    }

    fn tree(&mut self) -> Vec<String> {
        self.set_user(0);
        self.slots.clear();
        let mut lines = Vec::new();
        if !self.privileged {
            fs::fchmod(&*self.root, mode(0o777)).expect("chmod");
        }
        process::fchdir(&*self.root).expect("chdir");
        Self::walk(
            Path::new(if self.privileged { "/" } else { "." }),
            &mut lines,
        );
        lines
    }
}
