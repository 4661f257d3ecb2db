// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opening files, and their length: open, openat, creat, truncate, ftruncate, fallocate.
use super::{Arguments, Call, DONE, Outcome, descriptor};
use crate::World;
use crate::machine::Machine;
use crate::wait::{Key, Wait};
use crate::world::as_caller;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::Pid;
use unix_vfs::{Base, DescriptionId, Follow, Opened, Place};

/// AT_FDCWD as an argument word.
pub(crate) const WORKING_DIRECTORY: usize = linux::AT_FDCWD as isize as usize;

impl<M: Machine> World<M> {
    /// What a dirfd argument means.
    pub(crate) fn base(&self, pid: Pid, argument: usize) -> Base {
        self.task(pid).files.base(argument as i32)
    }

    /// The place that (dirfd, path, flags) name. `AT_EMPTY_PATH` and a null path are allowed where
    /// `flags` say so.
    pub(crate) fn place_of(
        &mut self,
        pid: Pid,
        base: usize,
        path: usize,
        follow: Follow,
        flags: u32,
    ) -> Result<Place> {
        let base = self.base(pid, base);
        let empty_allowed = flags & linux::AT_EMPTY_PATH != 0;
        let path = self.read_path(self.space_of(pid), path)?;
        as_caller!(self, pid, |vfs, _machine, caller| match empty_allowed {
            true => vfs.resolve_or_base(caller, base, &path, follow),
            false => vfs.resolve(caller, base, &path, follow),
        })
    }

    /// open(2).
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn open(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [path, flags, mode, ..] = arguments;
        self.openat(pid, [WORKING_DIRECTORY, path, flags, mode, 0, 0])
    }

    /// creat(2).
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn creat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let flags = (linux::O_CREAT | linux::O_WRONLY | linux::O_TRUNC) as usize;
        self.openat(
            pid,
            [WORKING_DIRECTORY, arguments[0], flags, arguments[1], 0, 0],
        )
    }

    /// openat(2).
    pub(super) fn openat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, flags, mode, ..] = arguments;
        let flags = flags as u32;
        if let Some(description) = self.progress(pid).opening {
            let opened = self.vfs.open_continue(description);
            return self.finish_open(pid, opened, flags);
        }
        let limit = self.descriptor_limit(pid);
        self.task(pid).files.check_free(limit)?;
        let base = self.base(pid, base);
        let path = self.read_path(self.space_of(pid), path)?;
        let opened = as_caller!(self, pid, |vfs, machine, caller| vfs.open(
            machine,
            caller,
            base,
            &path,
            flags & !linux::O_CLOEXEC,
            mode as u32
        ))?;
        self.finish_open(pid, opened, flags)
    }

    fn finish_open(&mut self, pid: Pid, opened: Opened, flags: u32) -> Call {
        match opened {
            Opened::Done(description) => {
                self.progress_mut(pid).opening = None;
                let description = self.open_device(pid, description, flags)?;
                let close_on_exec = flags & linux::O_CLOEXEC != 0;
                self.insert_descriptor(pid, description, close_on_exec)
            }
            Opened::Wait(description, wait) => {
                self.progress_mut(pid).opening = Some(description);
                Ok(Outcome::Block(Wait::on(Key::File(wait))))
            }
        }
    }

    /// Gives a new description the lowest free number.
    pub(crate) fn insert_descriptor(
        &mut self,
        pid: Pid,
        description: DescriptionId,
        close_on_exec: bool,
    ) -> Call {
        let limit = self.descriptor_limit(pid);
        match self
            .task_mut(pid)
            .files
            .insert(description, close_on_exec, 0, limit)
        {
            Ok(fd) => Ok((fd as usize).into()),
            Err(error) => {
                self.vfs.release(&mut self.machine, description);
                Err(error)
            }
        }
    }

    /// truncate(2).
    pub(super) fn truncate(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [path, size, ..] = arguments;
        let place = self.place_of(pid, WORKING_DIRECTORY, path, Follow::Last, 0)?;
        let size = length(size)?;
        let result = as_caller!(self, pid, |vfs, machine, caller| vfs
            .truncate(machine, caller, place, size));
        self.file_size_result(pid, result)
    }

    /// ftruncate(2).
    pub(super) fn ftruncate(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [fd, size, ..] = arguments;
        let description = self.description(pid, descriptor(fd)?)?;
        let size = length(size)?;
        let result = as_caller!(self, pid, |vfs, machine, caller| vfs.ftruncate(
            machine,
            caller,
            description,
            size
        ));
        self.file_size_result(pid, result)
    }

    /// fallocate(2).
    pub(super) fn fallocate(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [fd, mode, offset, size, ..] = arguments;
        let description = self.description(pid, descriptor(fd)?)?;
        let (offset, size) = (length(offset)?, length(size)?);
        let result = as_caller!(self, pid, |vfs, machine, caller| vfs.allocate_range(
            machine,
            caller,
            description,
            mode as u32,
            offset,
            size
        ));
        self.file_size_result(pid, result)
    }

    /// A file that would become larger than RLIMIT_FSIZE also raises SIGXFSZ.
    fn file_size_result(&mut self, pid: Pid, result: Result<()>) -> Call {
        if result == Err(Errno::EFBIG) {
            self.raise(pid, linux::SIGXFSZ);
        }
        result?;
        DONE
    }
}

/// A length argument: EINVAL when negative.
fn length(argument: usize) -> Result<u64> {
    u64::try_from(argument as i64).map_err(|_| Errno::EINVAL)
}
