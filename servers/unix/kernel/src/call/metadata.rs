// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of files: stat, access, readlink, chmod, chown, times, statfs.
use super::directory::{check_flags, follow};
use super::file::WORKING_DIRECTORY;
use super::{Arguments, Call, DONE, descriptor};
use crate::World;
use crate::layout::{Fields, Layout};
use crate::machine::Machine;
use crate::world::as_caller;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::Pid;
use unix_vfs::{Follow, Place, SetTime, Stat, StatFs, Timestamp};

impl<M: Machine> World<M> {
    fn stat_place(&mut self, pid: Pid, place: Place, address: usize) -> Call {
        let stat = as_caller!(self, pid, |vfs, _machine, caller| vfs.stat(caller, place))?;
        self.write_user(self.space_of(pid), address, &stat_bytes(&stat))?;
        DONE
    }

    /// fstat(2).
    pub(super) fn fstat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let description = self.description(pid, descriptor(arguments[0])?)?;
        let place = self.vfs.description(description).place;
        self.stat_place(pid, place, arguments[1])
    }

    /// newfstatat(2).
    pub(super) fn fstatat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, address, flags, ..] = arguments;
        let known = linux::AT_SYMLINK_NOFOLLOW | linux::AT_EMPTY_PATH | linux::AT_NO_AUTOMOUNT;
        let flags = check_flags(flags, known)?;
        let place = self.place_of(pid, base, path, follow(flags), flags)?;
        self.stat_place(pid, place, address)
    }

    /// statx(2).
    pub(super) fn statx(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, flags, mask, address, _] = arguments;
        let known = linux::AT_SYMLINK_NOFOLLOW
            | linux::AT_EMPTY_PATH
            | linux::AT_NO_AUTOMOUNT
            | linux::AT_STATX_SYNC_TYPE;
        let flags = check_flags(flags, known)?;
        if mask as u32 & linux::STATX__RESERVED != 0
            || flags & linux::AT_STATX_SYNC_TYPE == linux::AT_STATX_SYNC_TYPE
        {
            return Err(Errno::EINVAL);
        }
        let place = self.place_of(pid, base, path, follow(flags), flags)?;
        let stat = as_caller!(self, pid, |vfs, _machine, caller| vfs.stat(caller, place))?;
        self.write_user(self.space_of(pid), address, &statx_bytes(&stat))?;
        DONE
    }

    /// faccessat(2): the raw call has no flags.
    pub(super) fn faccessat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, mode, ..] = arguments;
        self.faccessat2(pid, [base, path, mode, 0, 0, 0])
    }

    /// faccessat2(2).
    pub(super) fn faccessat2(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, mode, flags, ..] = arguments;
        let known = linux::AT_SYMLINK_NOFOLLOW | linux::AT_EMPTY_PATH | linux::AT_EACCESS;
        let flags = check_flags(flags, known)?;
        if mode & !7 != 0 {
            return Err(Errno::EINVAL);
        }
        let effective = flags & linux::AT_EACCESS != 0;
        let base = self.base(pid, base);
        let path = self.read_path(self.space_of(pid), path)?;
        crate::world::as_caller_with!(self, pid, effective, |vfs, _machine, caller| {
            let place = match flags & linux::AT_EMPTY_PATH {
                0 => vfs.resolve(caller, base, &path, follow(flags))?,
                _ => vfs.resolve_or_base(caller, base, &path, follow(flags))?,
            };
            vfs.access(caller, place, mode as u32)
        })?;
        DONE
    }

    /// readlinkat(2).
    pub(super) fn readlinkat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, address, size, ..] = arguments;
        if size as i32 <= 0 {
            return Err(Errno::EINVAL);
        }
        let base = self.base(pid, base);
        let path = self.read_path(self.space_of(pid), path)?;
        let mut target = Vec::new();
        as_caller!(self, pid, |vfs, _machine, caller| vfs.read_link(
            caller,
            base,
            &path,
            &mut target
        ))?;
        target.truncate(size);
        self.write_user(self.space_of(pid), address, &target)?;
        Ok(target.len().into())
    }

    fn chmod_place(&mut self, pid: Pid, place: Place, mode: usize) -> Call {
        as_caller!(self, pid, |vfs, _machine, caller| vfs.chmod(
            caller,
            place,
            mode as u32 & 0o7777
        ))?;
        DONE
    }

    /// fchmod(2).
    pub(super) fn fchmod(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let place = self.writable_place(pid, arguments[0])?;
        self.chmod_place(pid, place, arguments[1])
    }

    /// fchmodat(2): the raw call has no flags.
    pub(super) fn fchmodat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, mode, ..] = arguments;
        let place = self.place_of(pid, base, path, Follow::Last, 0)?;
        self.chmod_place(pid, place, mode)
    }

    fn chown_place(&mut self, pid: Pid, place: Place, uid: usize, gid: usize) -> Call {
        let owner = |id: usize| (id as u32 != u32::MAX).then_some(id as u32);
        as_caller!(self, pid, |vfs, _machine, caller| vfs.chown(
            caller,
            place,
            owner(uid),
            owner(gid)
        ))?;
        DONE
    }

    /// fchown(2).
    pub(super) fn fchown(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let place = self.writable_place(pid, arguments[0])?;
        self.chown_place(pid, place, arguments[1], arguments[2])
    }

    /// fchownat(2).
    pub(super) fn fchownat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, uid, gid, flags, _] = arguments;
        let flags = check_flags(flags, linux::AT_SYMLINK_NOFOLLOW | linux::AT_EMPTY_PATH)?;
        let place = self.place_of(pid, base, path, follow(flags), flags)?;
        self.chown_place(pid, place, uid, gid)
    }

    /// The place of a descriptor whose attributes may be changed: not one opened with O_PATH.
    fn writable_place(&self, pid: Pid, fd: usize) -> Result<Place> {
        let description = self
            .vfs
            .description(self.description(pid, descriptor(fd)?)?);
        match description.kind {
            unix_vfs::DescriptionKind::Path => Err(Errno::EBADF),
            _ => Ok(description.place),
        }
    }

    /// utimensat(2). A null path means the descriptor itself (futimens(3)).
    pub(super) fn utimensat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, times, flags, ..] = arguments;
        let flags = check_flags(flags, linux::AT_SYMLINK_NOFOLLOW | linux::AT_EMPTY_PATH)?;
        let mut set = [SetTime::Now; 2];
        if times != 0 {
            let mut bytes = [0; 32];
            self.read_user(self.space_of(pid), times, &mut bytes)?;
            let mut fields = Fields::new(&bytes);
            for set in &mut set {
                *set = set_time(fields.i64(), fields.i64())?;
            }
        }
        let place = if path == 0 && flags == 0 && base != WORKING_DIRECTORY {
            self.writable_place(pid, base)?
        } else {
            self.place_of(pid, base, path, follow(flags), flags)?
        };
        self.set_times(pid, place, set)
    }

    fn set_times(&mut self, pid: Pid, place: Place, [accessed, modified]: [SetTime; 2]) -> Call {
        as_caller!(self, pid, |vfs, _machine, caller| vfs
            .utimens(caller, place, accessed, modified))?;
        DONE
    }

    /// statfs(2).
    pub(super) fn statfs(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let place = self.place_of(pid, WORKING_DIRECTORY, arguments[0], Follow::Last, 0)?;
        self.statfs_place(pid, place, arguments[1])
    }

    /// fstatfs(2).
    pub(super) fn fstatfs(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let description = self.description(pid, descriptor(arguments[0])?)?;
        let place = self.vfs.description(description).place;
        self.statfs_place(pid, place, arguments[1])
    }

    fn statfs_place(&mut self, pid: Pid, place: Place, address: usize) -> Call {
        let statfs = self.vfs.statfs(&self.machine, place)?;
        self.write_user(self.space_of(pid), address, &statfs_bytes(&statfs))?;
        DONE
    }

    /// getxattr(2) and its like: no file has extended attributes.
    pub(super) fn no_attributes(&mut self, _: Pid, _: Arguments) -> Call {
        Err(Errno::EOPNOTSUPP)
    }
}

/// The calls without a directory argument, which only x86_64 has.
#[cfg(any(target_arch = "x86_64", test))]
impl<M: Machine> World<M> {
    /// stat(2).
    pub(super) fn stat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.fstatat(
            pid,
            [WORKING_DIRECTORY, arguments[0], arguments[1], 0, 0, 0],
        )
    }

    /// lstat(2).
    pub(super) fn lstat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let flags = linux::AT_SYMLINK_NOFOLLOW as usize;
        self.fstatat(
            pid,
            [WORKING_DIRECTORY, arguments[0], arguments[1], flags, 0, 0],
        )
    }

    /// access(2).
    pub(super) fn access(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.faccessat2(
            pid,
            [WORKING_DIRECTORY, arguments[0], arguments[1], 0, 0, 0],
        )
    }

    /// readlink(2).
    pub(super) fn readlink(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [path, address, size, ..] = arguments;
        self.readlinkat(pid, [WORKING_DIRECTORY, path, address, size, 0, 0])
    }

    /// chmod(2).
    pub(super) fn chmod(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.fchmodat(
            pid,
            [WORKING_DIRECTORY, arguments[0], arguments[1], 0, 0, 0],
        )
    }

    /// chown(2).
    pub(super) fn chown(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [path, uid, gid, ..] = arguments;
        self.fchownat(pid, [WORKING_DIRECTORY, path, uid, gid, 0, 0])
    }

    /// lchown(2).
    pub(super) fn lchown(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [path, uid, gid, ..] = arguments;
        let flags = linux::AT_SYMLINK_NOFOLLOW as usize;
        self.fchownat(pid, [WORKING_DIRECTORY, path, uid, gid, flags, 0])
    }

    /// utime(2): struct utimbuf, whole seconds.
    pub(super) fn utime(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [path, times, ..] = arguments;
        let mut set = [SetTime::Now; 2];
        if times != 0 {
            let mut bytes = [0; 16];
            self.read_user(self.space_of(pid), times, &mut bytes)?;
            let mut fields = Fields::new(&bytes);
            for set in &mut set {
                *set = SetTime::At(Timestamp {
                    seconds: fields.i64(),
                    nanoseconds: 0,
                });
            }
        }
        let place = self.place_of(pid, WORKING_DIRECTORY, path, Follow::Last, 0)?;
        self.set_times(pid, place, set)
    }

    /// utimes(2).
    pub(super) fn utimes(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.futimesat(
            pid,
            [WORKING_DIRECTORY, arguments[0], arguments[1], 0, 0, 0],
        )
    }

    /// futimesat(2): struct timeval, microseconds.
    pub(super) fn futimesat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, times, ..] = arguments;
        let mut set = [SetTime::Now; 2];
        if times != 0 {
            let mut bytes = [0; 32];
            self.read_user(self.space_of(pid), times, &mut bytes)?;
            let mut fields = Fields::new(&bytes);
            for set in &mut set {
                let (seconds, microseconds) = (fields.i64(), fields.i64());
                if !(0..1_000_000).contains(&microseconds) {
                    return Err(Errno::EINVAL);
                }
                *set = SetTime::At(Timestamp {
                    seconds,
                    nanoseconds: microseconds as u32 * 1000,
                });
            }
        }
        let place = if path == 0 && base != WORKING_DIRECTORY {
            self.writable_place(pid, base)?
        } else {
            self.place_of(pid, base, path, Follow::Last, 0)?
        };
        self.set_times(pid, place, set)
    }
}

/// One struct timespec of utimensat(2).
fn set_time(seconds: i64, nanoseconds: i64) -> Result<SetTime> {
    match nanoseconds {
        value if value == i64::from(linux::UTIME_NOW) => Ok(SetTime::Now),
        value if value == i64::from(linux::UTIME_OMIT) => Ok(SetTime::Omit),
        0..1_000_000_000 => Ok(SetTime::At(Timestamp {
            seconds,
            nanoseconds: nanoseconds as u32,
        })),
        _ => Err(Errno::EINVAL),
    }
}

fn time(layout: Layout, time: Timestamp) -> Layout {
    layout
        .u64(time.seconds as u64)
        .u64(u64::from(time.nanoseconds))
}

/// struct stat.
pub(crate) fn stat_bytes(stat: &Stat) -> Vec<u8> {
    let layout = Layout::new().u64(stat.device.encode()).u64(stat.ino);
    let layout = if cfg!(target_arch = "x86_64") {
        layout
            .u64(u64::from(stat.links))
            .u32(stat.mode)
            .u32(stat.uid)
            .u32(stat.gid)
            .u32(0)
    } else {
        layout
            .u32(stat.mode)
            .u32(stat.links)
            .u32(stat.uid)
            .u32(stat.gid)
    };
    let layout = layout.u64(stat.special.encode());
    let layout = if cfg!(target_arch = "x86_64") {
        layout.u64(stat.size).u64(u64::from(Stat::BLOCK_SIZE))
    } else {
        layout.u64(0).u64(stat.size).u32(Stat::BLOCK_SIZE).u32(0)
    };
    let layout = time(layout.u64(stat.blocks), stat.accessed);
    time(time(layout, stat.modified), stat.changed)
        .pad_to(size_of::<linux::stat>())
        .finish()
}

/// struct statx.
fn statx_bytes(stat: &Stat) -> Vec<u8> {
    let time = |layout: Layout, time: Timestamp| {
        layout.u64(time.seconds as u64).u32(time.nanoseconds).u32(0)
    };
    let layout = Layout::new()
        .u32(linux::STATX_BASIC_STATS | linux::STATX_BTIME)
        .u32(Stat::BLOCK_SIZE)
        .u64(0)
        .u32(stat.links)
        .u32(stat.uid)
        .u32(stat.gid)
        .u16(stat.mode as u16)
        .u16(0)
        .u64(stat.ino)
        .u64(stat.size)
        .u64(stat.blocks)
        .u64(0);
    let layout = time(time(layout, stat.accessed), stat.born);
    time(time(layout, stat.changed), stat.modified)
        .u32(stat.special.major)
        .u32(stat.special.minor)
        .u32(stat.device.major)
        .u32(stat.device.minor)
        .pad_to(size_of::<linux::statx>())
        .finish()
}

/// struct statfs.
fn statfs_bytes(statfs: &StatFs) -> Vec<u8> {
    Layout::new()
        .u64(u64::from(statfs.magic))
        .u64(statfs.block_size)
        .u64(statfs.blocks)
        .u64(statfs.blocks_free)
        .u64(statfs.blocks_free)
        .u64(statfs.files)
        .u64(statfs.files_free)
        .u64(u64::from(statfs.mount.0))
        .u64(statfs.name_length)
        .u64(statfs.block_size)
        .u64(0)
        .pad_to(size_of::<linux::statfs64>())
        .finish()
}
