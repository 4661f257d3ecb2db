// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tree of names: directories, links, renaming, listing, the working directory and the root.
use super::file::WORKING_DIRECTORY;
use super::{Arguments, Call, DONE, descriptor};
use crate::World;
use crate::layout::Layout;
use crate::machine::Machine;
use crate::world::as_caller;
use alloc::vec::Vec;
use unix_abi::linux::general as linux;
use unix_abi::{Errno, Result};
use unix_process::Pid;
use unix_vfs::{Device, DirectoryEntry, Follow, Place};

impl<M: Machine> World<M> {
    /// getcwd(2): the raw call returns the length with the NUL.
    pub(super) fn getcwd(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [address, size, ..] = arguments;
        let mut path = as_caller!(self, pid, |vfs, _machine, caller| vfs
            .working_directory(caller))?;
        path.push(0);
        if size < path.len() {
            return Err(Errno::ERANGE);
        }
        self.write_user(self.space_of(pid), address, &path)?;
        Ok(path.len().into())
    }

    fn change_directory(&mut self, pid: Pid, place: Place, root: bool) -> Call {
        as_caller!(self, pid, |vfs, _machine, caller| vfs
            .check_directory(caller, place))?;
        let World {
            vfs,
            machine,
            processes,
            ..
        } = self;
        let directories = &mut crate::world::extension_mut(processes, pid).directories;
        if root {
            vfs.set_root(machine, directories, place);
        } else {
            vfs.set_working(machine, directories, place);
        }
        DONE
    }

    /// chdir(2).
    pub(super) fn chdir(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let place = self.place_of(pid, WORKING_DIRECTORY, arguments[0], Follow::Last, 0)?;
        self.change_directory(pid, place, false)
    }

    /// fchdir(2).
    pub(super) fn fchdir(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let description = self.description(pid, descriptor(arguments[0])?)?;
        let place = self.vfs.description(description).place;
        self.change_directory(pid, place, false)
    }

    /// chroot(2).
    pub(super) fn chroot(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let place = self.place_of(pid, WORKING_DIRECTORY, arguments[0], Follow::Last, 0)?;
        if !self.credentials(pid).is_privileged() {
            return Err(Errno::EPERM);
        }
        self.change_directory(pid, place, true)
    }

    /// mkdirat(2).
    pub(super) fn mkdirat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, mode, ..] = arguments;
        let base = self.base(pid, base);
        let path = self.read_path(self.space_of(pid), path)?;
        as_caller!(self, pid, |vfs, _machine, caller| vfs.mkdir(
            caller,
            base,
            &path,
            mode as u32
        ))?;
        DONE
    }

    /// mknodat(2).
    pub(super) fn mknodat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, mode, device, ..] = arguments;
        let base = self.base(pid, base);
        let path = self.read_path(self.space_of(pid), path)?;
        let device = Device::decode(device as u64);
        as_caller!(self, pid, |vfs, _machine, caller| vfs.mknod(
            caller,
            base,
            &path,
            mode as u32,
            device
        ))?;
        DONE
    }

    /// linkat(2).
    pub(super) fn linkat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [old_base, old, new_base, new, flags, _] = arguments;
        let (old_base, new_base) = (self.base(pid, old_base), self.base(pid, new_base));
        let space = self.space_of(pid);
        let (old, new) = (self.read_path(space, old)?, self.read_path(space, new)?);
        as_caller!(self, pid, |vfs, _machine, caller| vfs.link(
            caller,
            (old_base, &old),
            (new_base, &new),
            flags as u32
        ))?;
        DONE
    }

    /// symlinkat(2).
    pub(super) fn symlinkat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [target, base, path, ..] = arguments;
        let base = self.base(pid, base);
        let space = self.space_of(pid);
        let (target, path) = (self.read_path(space, target)?, self.read_path(space, path)?);
        as_caller!(self, pid, |vfs, _machine, caller| vfs
            .symlink(caller, &target, base, &path))?;
        DONE
    }

    /// unlinkat(2).
    pub(super) fn unlinkat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [base, path, flags, ..] = arguments;
        let base = self.base(pid, base);
        let path = self.read_path(self.space_of(pid), path)?;
        as_caller!(self, pid, |vfs, machine, caller| vfs.unlink(
            machine,
            caller,
            base,
            &path,
            flags as u32
        ))?;
        DONE
    }

    /// renameat(2).
    pub(super) fn renameat(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [old_base, old, new_base, new, ..] = arguments;
        self.renameat2(pid, [old_base, old, new_base, new, 0, 0])
    }

    /// renameat2(2).
    pub(super) fn renameat2(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [old_base, old, new_base, new, flags, _] = arguments;
        let (old_base, new_base) = (self.base(pid, old_base), self.base(pid, new_base));
        let space = self.space_of(pid);
        let (old, new) = (self.read_path(space, old)?, self.read_path(space, new)?);
        as_caller!(self, pid, |vfs, machine, caller| vfs.rename(
            machine,
            caller,
            (old_base, &old),
            (new_base, &new),
            flags as u32
        ))?;
        DONE
    }

    /// getdents64(2): struct linux_dirent64.
    pub(super) fn getdents64(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.list(pid, arguments, |entry, length| {
            Layout::new()
                .u64(entry.ino)
                .u64(entry.next)
                .u16(length as u16)
                .bytes(&[entry.file_type.directory_entry_type()])
                .bytes(entry.name)
                .pad_to(length)
        })
    }

    /// getdents(2): struct linux_dirent, which has the type in its last byte.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    pub(super) fn getdents(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.list(pid, arguments, |entry, length| {
            Layout::new()
                .u64(entry.ino)
                .u64(entry.next)
                .u16(length as u16)
                .bytes(entry.name)
                .pad_to(length - 1)
                .bytes(&[entry.file_type.directory_entry_type()])
        })
    }

    /// Both forms take 19 bytes, the name and its NUL, rounded up to 8.
    fn list(
        &mut self,
        pid: Pid,
        arguments: Arguments,
        build: fn(&DirectoryEntry<'_>, usize) -> Layout,
    ) -> Call {
        let [fd, address, size, ..] = arguments;
        let description = self.description(pid, descriptor(fd)?)?;
        // The world never holds more than this at once; the program simply calls again.
        let room = size.min(32 * 1024);
        let mut listing: Vec<u8> = Vec::new();
        let mut too_small = false;
        as_caller!(self, pid, |vfs, _machine, caller| vfs.read_directory(
            caller,
            description,
            &mut |entry| {
                let length = (19 + entry.name.len() + 1).next_multiple_of(8);
                if listing.len() + length > room {
                    too_small = listing.is_empty();
                    return false;
                }
                listing.extend_from_slice(&build(&entry, length).finish());
                true
            }
        ))?;
        if too_small {
            return Err(Errno::EINVAL);
        }
        self.write_user(self.space_of(pid), address, &listing)?;
        Ok(listing.len().into())
    }
}

/// The calls without a directory argument, which only x86_64 has.
#[cfg(any(target_arch = "x86_64", test))]
impl<M: Machine> World<M> {
    /// mkdir(2).
    pub(super) fn mkdir(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.mkdirat(
            pid,
            [WORKING_DIRECTORY, arguments[0], arguments[1], 0, 0, 0],
        )
    }

    /// mknod(2).
    pub(super) fn mknod(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [path, mode, device, ..] = arguments;
        self.mknodat(pid, [WORKING_DIRECTORY, path, mode, device, 0, 0])
    }

    /// link(2).
    pub(super) fn link(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [old, new, ..] = arguments;
        self.linkat(pid, [WORKING_DIRECTORY, old, WORKING_DIRECTORY, new, 0, 0])
    }

    /// symlink(2).
    pub(super) fn symlink(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.symlinkat(
            pid,
            [arguments[0], WORKING_DIRECTORY, arguments[1], 0, 0, 0],
        )
    }

    /// unlink(2).
    pub(super) fn unlink(&mut self, pid: Pid, arguments: Arguments) -> Call {
        self.unlinkat(pid, [WORKING_DIRECTORY, arguments[0], 0, 0, 0, 0])
    }

    /// rmdir(2).
    pub(super) fn rmdir(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let flags = linux::AT_REMOVEDIR as usize;
        self.unlinkat(pid, [WORKING_DIRECTORY, arguments[0], flags, 0, 0, 0])
    }

    /// rename(2).
    pub(super) fn rename(&mut self, pid: Pid, arguments: Arguments) -> Call {
        let [old, new, ..] = arguments;
        self.renameat2(pid, [WORKING_DIRECTORY, old, WORKING_DIRECTORY, new, 0, 0])
    }
}

/// The `AT_SYMLINK_NOFOLLOW` rule that most `…at` calls share.
pub(super) fn follow(flags: u32) -> Follow {
    if flags & linux::AT_SYMLINK_NOFOLLOW != 0 {
        Follow::NotLast
    } else {
        Follow::Last
    }
}

/// Refuses flags that a call does not know.
pub(super) fn check_flags(flags: usize, known: u32) -> Result<u32> {
    let flags = flags as u32;
    if flags & !known != 0 {
        Err(Errno::EINVAL)
    } else {
        Ok(flags)
    }
}
