// SPDX-License-Identifier: MIT OR Apache-2.0
//! Descriptors: close, dup, fcntl, flock, pipe, lseek, fsync.
use super::{Arguments, Call, DONE, Outcome, descriptor};
use crate::World;
use crate::layout::{Fields, Layout};
use crate::machine::Machine;
use crate::wait::{Key, Wait};
use crate::world::as_caller;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::Pid;
use unix_vfs::{DescriptionId, LockKind, LockOutcome, LockOwner, LockRequest};

/// `CLOSE_RANGE_CLOEXEC` of linux/close_range.h, which no crate carries.
const CLOSE_RANGE_CLOEXEC: u32 = 4;

impl<M: Machine> World<M> {
    /// The open description behind a descriptor.
    pub(crate) fn description(&self, pid: Pid, fd: u32) -> Result<DescriptionId> {
        self.task(pid).files.get(fd)
    }

    /// The first descriptor number that this process may not have (RLIMIT_NOFILE).
    pub(crate) fn descriptor_limit(&self, pid: Pid) -> u32 {
        self.limit(pid, linux::RLIMIT_NOFILE).min(1 << 20) as u32
    }

    /// close(2).
    pub(super) fn close(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.close_descriptor(pid, descriptor(arguments[0])?)?;
        DONE
    }

    pub(crate) fn close_descriptor(&mut self, pid: Pid, fd: u32) -> Result<()> {
        let World {
            vfs,
            machine,
            processes,
            ..
        } = self;
        let task = crate::world::extension_mut(processes, pid);
        task.files.close(vfs, machine, fd, pid.0 as u32)
    }

    /// close_range(2).
    pub(super) fn close_range(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let (first, last, flags) = (
            arguments[0] as u32,
            arguments[1] as u32,
            arguments[2] as u32,
        );
        if first > last || flags & !CLOSE_RANGE_CLOEXEC != 0 {
            return Err(Errno::EINVAL);
        }
        let open: alloc::vec::Vec<u32> = self
            .task(pid)
            .files
            .iter()
            .map(|(fd, _)| fd)
            .filter(|fd| (first..=last).contains(fd))
            .collect();
        for fd in open {
            if flags & CLOSE_RANGE_CLOEXEC != 0 {
                self.task_mut(pid).files.set_close_on_exec(fd, true)?;
            } else {
                self.close_descriptor(pid, fd)?;
            }
        }
        DONE
    }

    fn duplicate(&mut self, pid: Pid, fd: u32, minimum: u32, close_on_exec: bool) -> Call {
        let limit = self.descriptor_limit(pid);
        let World { vfs, processes, .. } = self;
        let files = &mut crate::world::extension_mut(processes, pid).files;
        let fd = files.duplicate(vfs, fd, minimum, close_on_exec, limit)?;
        Ok((fd as usize).into())
    }

    /// dup(2).
    pub(super) fn dup(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.duplicate(pid, descriptor(arguments[0])?, 0, false)
    }

    fn duplicate_to(&mut self, pid: Pid, from: u32, to: u32, close_on_exec: bool) -> Call {
        let limit = self.descriptor_limit(pid);
        let World {
            vfs,
            machine,
            processes,
            ..
        } = self;
        let files = &mut crate::world::extension_mut(processes, pid).files;
        let fd = files.duplicate_to(vfs, machine, from, to, close_on_exec, limit, pid.0 as u32)?;
        Ok((fd as usize).into())
    }

    /// dup2(2).
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn dup2(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.duplicate_to(
            pid,
            descriptor(arguments[0])?,
            descriptor(arguments[1])?,
            false,
        )
    }

    /// dup3(2).
    pub(super) fn dup3(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let flags = arguments[2] as u32;
        if flags & !linux::O_CLOEXEC != 0 || arguments[0] as u32 == arguments[1] as u32 {
            return Err(Errno::EINVAL);
        }
        let close_on_exec = flags & linux::O_CLOEXEC != 0;
        self.duplicate_to(
            pid,
            descriptor(arguments[0])?,
            descriptor(arguments[1])?,
            close_on_exec,
        )
    }

    /// pipe(2).
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn pipe(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.pipe2(pid, [arguments[0], 0, 0, 0, 0, 0])
    }

    /// pipe2(2).
    pub(super) fn pipe2(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let flags = arguments[1] as u32;
        if flags & !(linux::O_CLOEXEC | linux::O_NONBLOCK | linux::O_DIRECT) != 0 {
            return Err(Errno::EINVAL);
        }
        let close_on_exec = flags & linux::O_CLOEXEC != 0;
        let limit = self.descriptor_limit(pid);
        let (read, write) = as_caller!(self, pid, |vfs, _machine, caller| vfs
            .pipe(caller, flags & !linux::O_CLOEXEC))?;
        let files = &mut self.task_mut(pid).files;
        let first = files.insert(read, close_on_exec, 0, limit);
        let second = first.and_then(|_| files.insert(write, close_on_exec, 0, limit));
        let result = match (first, second) {
            (Ok(first), Ok(second)) => {
                let numbers = Layout::new().u32(first).u32(second).finish();
                self.write_user(self.space_of(pid), arguments[0], &numbers)
                    .inspect_err(|_| {
                        let _ = self.close_descriptor(pid, first);
                        let _ = self.close_descriptor(pid, second);
                    })
            }
            (Ok(first), Err(error)) => {
                self.vfs.release(&mut self.machine, write);
                self.close_descriptor(pid, first)?;
                Err(error)
            }
            (Err(error), _) => {
                self.vfs.release(&mut self.machine, read);
                self.vfs.release(&mut self.machine, write);
                Err(error)
            }
        };
        result.map(|()| Outcome::Return(0))
    }

    /// lseek(2).
    pub(super) fn lseek(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let description = self.description(pid, descriptor(arguments[0])?)?;
        let (offset, whence) = (arguments[1] as i64, arguments[2] as u32);
        let at = self.vfs.seek(description, offset, whence)?;
        Ok((at as usize).into())
    }

    /// fsync(2), fdatasync(2), syncfs(2): what is written is where it stays.
    pub(super) fn fsync(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let description = self.description(pid, descriptor(arguments[0])?)?;
        match self.vfs.description(description).kind {
            unix_vfs::DescriptionKind::Regular(_) | unix_vfs::DescriptionKind::Directory => DONE,
            unix_vfs::DescriptionKind::Path => Err(Errno::EBADF),
            _ => Err(Errno::EINVAL),
        }
    }

    /// sync(2).
    pub(super) fn sync(&mut self, _: Pid, _: Arguments) -> Call {
        DONE
    }

    /// posix_fadvise(2), readahead(2): there is nothing to be read ahead.
    pub(super) fn advise_file(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let description = self.description(pid, descriptor(arguments[0])?)?;
        match self.vfs.description(description).kind {
            unix_vfs::DescriptionKind::Pipe(_) => Err(Errno::ESPIPE),
            unix_vfs::DescriptionKind::Path => Err(Errno::EBADF),
            _ => DONE,
        }
    }

    /// flock(2).
    pub(super) fn flock(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let description = self.description(pid, descriptor(arguments[0])?)?;
        match self.vfs.flock(description, arguments[1] as u32)? {
            LockOutcome::Done => DONE,
            LockOutcome::Wait(wait) => Ok(Outcome::Block(Wait::on(Key::File(wait)))),
        }
    }

    /// fcntl(2).
    pub(super) fn fcntl(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [fd, command, argument, ..] = arguments;
        let fd = descriptor(fd)?;
        let description = self.description(pid, fd)?;
        let close_on_exec = linux::FD_CLOEXEC as usize;
        match command as u32 {
            linux::F_DUPFD | linux::F_DUPFD_CLOEXEC => {
                let minimum = u32::try_from(argument).map_err(|_| Errno::EINVAL)?;
                self.duplicate(pid, fd, minimum, command as u32 == linux::F_DUPFD_CLOEXEC)
            }
            linux::F_GETFD => {
                let set = self.task(pid).files.close_on_exec(fd)?;
                Ok((if set { close_on_exec } else { 0 }).into())
            }
            linux::F_SETFD => {
                let set = argument & close_on_exec != 0;
                self.task_mut(pid).files.set_close_on_exec(fd, set)?;
                DONE
            }
            linux::F_GETFL => Ok((self.vfs.description(description).flags as usize).into()),
            linux::F_SETFL => {
                as_caller!(self, pid, |vfs, _machine, caller| vfs.set_flags(
                    caller,
                    description,
                    argument as u32
                ))?;
                DONE
            }
            linux::F_GETLK | linux::F_SETLK | linux::F_SETLKW => {
                let owner = LockOwner::Process(pid.0 as u32);
                self.record_lock(pid, description, owner, command as u32, argument)
            }
            linux::F_OFD_GETLK | linux::F_OFD_SETLK | linux::F_OFD_SETLKW => {
                let owner = LockOwner::Description(description);
                let command = command as u32 - linux::F_OFD_GETLK + linux::F_GETLK;
                self.record_lock(pid, description, owner, command, argument)
            }
            linux::F_GETPIPE_SZ => Ok((self.vfs.pipe_size(description)? as usize).into()),
            linux::F_SETPIPE_SZ => {
                let size = as_caller!(self, pid, |vfs, _machine, caller| vfs.set_pipe_size(
                    caller,
                    description,
                    argument as u32
                ))?;
                Ok((size as usize).into())
            }
            linux::F_GETOWN => Ok(0.into()),
            _ => Err(Errno::EINVAL),
        }
    }

    /// F_GETLK, F_SETLK and F_SETLKW with a struct flock.
    fn record_lock(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        owner: LockOwner,
        command: u32,
        address: usize,
    ) -> Call {
        let space = self.space_of(pid);
        let mut bytes = [0; 32];
        self.read_user(space, address, &mut bytes)?;
        let request = parse_lock(&bytes)?;
        if command != linux::F_GETLK {
            let wait = command == linux::F_SETLKW;
            return match self.vfs.set_lock(description, owner, request, wait)? {
                LockOutcome::Done => DONE,
                LockOutcome::Wait(wait) => Ok(Outcome::Block(Wait::on(Key::File(wait)))),
            };
        }
        let found = self.vfs.get_lock(description, owner, request)?;
        let answer = match found {
            None => {
                bytes[..2].copy_from_slice(&(linux::F_UNLCK as u16).to_le_bytes());
                bytes
            }
            Some(lock) => {
                let kind = if lock.kind == LockKind::Write {
                    linux::F_WRLCK
                } else {
                    linux::F_RDLCK
                };
                let holder = match lock.owner {
                    LockOwner::Process(process) => process,
                    LockOwner::Description(_) => u32::MAX,
                };
                let layout = Layout::new()
                    .u16(kind as u16)
                    .u16(linux::SEEK_SET as u16)
                    .u32(0)
                    .u64(lock.start)
                    .u64(lock.length)
                    .u32(holder)
                    .pad_to(32)
                    .finish();
                let mut bytes = [0; 32];
                bytes.copy_from_slice(&layout);
                bytes
            }
        };
        self.write_user(space, address, &answer)?;
        DONE
    }
}

/// struct flock: type, whence, start, length.
fn parse_lock(bytes: &[u8]) -> Result<LockRequest> {
    let mut fields = Fields::new(bytes);
    let kind = match u32::from(fields.u16()) {
        linux::F_RDLCK => LockKind::Read,
        linux::F_WRLCK => LockKind::Write,
        linux::F_UNLCK => LockKind::Unlock,
        _ => return Err(Errno::EINVAL),
    };
    let whence = u32::from(fields.u16());
    let _padding = fields.u32();
    Ok(LockRequest {
        kind,
        whence,
        start: fields.i64(),
        length: fields.i64(),
    })
}
