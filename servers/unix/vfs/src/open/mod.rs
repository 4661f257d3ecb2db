// SPDX-License-Identifier: MIT OR Apache-2.0
//! open(2).
mod special;

use crate::content::Content;
use crate::create::Creation;
use crate::inode::Kind;
use crate::permission::{CHANGE, READ, WRITE};
use crate::walk::{Last, Walk};
use crate::{
    Base, Caller, DescriptionId, DescriptionKind, FileType, Follow, InodeId, Place, Vfs, Wait,
};
use alloc::boxed::Box;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

/// What open(2) led to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opened {
    /// The description. Its one reference is the caller's, who usually puts it into a
    /// [`crate::FileTable`]. If it is a device of the world's ([`crate::DescriptionInfo::kind`]),
    /// the world opens that now, or releases the description and answers the device's error
    /// (ENXIO).
    Done(DescriptionId),
    /// A FIFO that nobody has open at the other end. The description already counts as an opener:
    /// keep it with the parked thread, ask [`Vfs::open_continue`] when woken, release it when a
    /// signal comes instead.
    Wait(DescriptionId, Wait),
}

/// What the path of an open led to.
enum Found {
    Existing(Place),
    /// Nothing yet: to be made in this directory.
    Missing(Place, Box<[u8]>),
}

/// `O_TMPFILE` without the `O_DIRECTORY` that is part of it.
const TMPFILE: u32 = c::O_TMPFILE & !c::O_DIRECTORY;

impl Vfs {
    /// openat(2). As Linux does, look for a free descriptor first ([`crate::FileTable::check_free`]).
    /// `O_CLOEXEC` is the caller's business.
    ///
    /// # Errors
    /// As the manual page has them.
    pub fn open<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
        mode: u32,
    ) -> Result<Opened> {
        if flags & c::O_PATH != 0 {
            return self.open_path(caller, base, path, flags);
        }
        if flags & TMPFILE != 0 {
            return self.open_unnamed(caller, base, path, flags, mode);
        }
        if flags & (c::O_CREAT | c::O_DIRECTORY) == c::O_CREAT | c::O_DIRECTORY {
            return Err(Errno::EINVAL);
        }
        let existing = match self.find_for_open(caller, base, path, flags)? {
            Found::Existing(place) => place,
            Found::Missing(directory, name) => {
                return self.open_new(store, caller, directory, name, flags, mode);
            }
        };
        self.open_existing(store, caller, existing, flags)
    }

    fn find_for_open(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
    ) -> Result<Found> {
        if flags & c::O_CREAT != 0 {
            return self.find_or_place(caller, base, path, flags);
        }
        let follow = if flags & c::O_NOFOLLOW == 0 {
            Follow::Last
        } else {
            Follow::NotLast
        };
        let place = self.resolve(caller, base, path, follow)?;
        if flags & c::O_DIRECTORY != 0 && !self.is_directory(caller, place)? {
            return Err(Errno::ENOTDIR);
        }
        Ok(Found::Existing(place))
    }

    /// The same with `O_CREAT`: a symbolic link at the end leads to where the file is to be made.
    fn find_or_place(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        flags: u32,
    ) -> Result<Found> {
        let exclusive = flags & c::O_EXCL != 0;
        let follows = flags & c::O_NOFOLLOW == 0 && !exclusive;
        let mut walk = Walk::new(self, caller, base, path)?;
        let place = loop {
            let Last::Name(name) = walk.reach_last()? else {
                break walk.place;
            };
            if walk.trailing_slash {
                return Err(Errno::EISDIR);
            }
            let place = match self.lookup(caller, walk.place, &name) {
                Err(Errno::ENOENT) => {
                    return Ok(Found::Missing(walk.place, name.into_owned().into()));
                }
                place => place?,
            };
            let file_type = self.file_type(caller, place)?;
            if !follows || file_type != Some(FileType::Symlink) {
                break place;
            }
            if !walk.follow(place)? {
                break walk.place;
            }
        };
        if exclusive {
            return Err(Errno::EEXIST);
        }
        let found = self.ownership(caller, place)?;
        if found.file_type() == Some(FileType::Directory) {
            return Err(Errno::EISDIR);
        }
        // In a directory like /tmp, what looks like making a file must not use a thing that
        // somebody else put there; regular files and FIFOs excepted (proc_sys_fs(5),
        // `protected_regular` and `protected_fifos` at 0, as the kernel has them by itself).
        let excepted = [Some(FileType::Regular), Some(FileType::Fifo)];
        let directory = self.ownership(caller, walk.place)?;
        let shared = c::S_ISVTX | c::S_IWOTH;
        if directory.mode & shared == shared
            && !excepted.contains(&found.file_type())
            && found.uid != directory.uid
            && found.uid != caller.credentials.uid
        {
            return Err(Errno::EACCES);
        }
        Ok(Found::Existing(place))
    }

    /// A new regular file: its mode does not bind the open that makes it.
    fn open_new<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        directory: Place,
        name: Box<[u8]>,
        flags: u32,
        mode: u32,
    ) -> Result<Opened> {
        let directory = match directory {
            Place::Dentry(directory) => directory,
            // Nobody makes files in a synthetic file system.
            place => {
                self.check_permission(caller, place, CHANGE)?;
                return Err(Errno::EACCES);
            }
        };
        let dentry = self.create(
            caller,
            directory,
            name,
            Creation {
                mode: c::S_IFREG | mode & 0o7777,
                kind: Kind::Regular(Content::default()),
            },
        )?;
        let place = Place::Dentry(dentry);
        let kind = DescriptionKind::Regular(self.dentry(dentry).inode);
        match self.add_description(kind, place, flags) {
            Ok(description) => Ok(Opened::Done(description)),
            Err(error) => {
                self.remove_entry(store, dentry, caller.now);
                Err(error)
            }
        }
    }

    fn open_existing<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        place: Place,
        flags: u32,
    ) -> Result<Opened> {
        let ownership = self.ownership(caller, place)?;
        let file_type = ownership.file_type();
        let wanted = match flags & c::O_ACCMODE {
            c::O_RDONLY => READ,
            c::O_WRONLY => WRITE,
            _ => READ | WRITE,
        } | if flags & c::O_TRUNC != 0 { WRITE } else { 0 };
        match file_type {
            Some(FileType::Symlink) => return Err(Errno::ELOOP),
            Some(FileType::Directory) if wanted & WRITE != 0 => return Err(Errno::EISDIR),
            _ => {}
        }
        if !ownership.permits(&caller.credentials, wanted) {
            return Err(Errno::EACCES);
        }
        if flags & c::O_NOATIME != 0 && !ownership.owned(&caller.credentials) {
            return Err(Errno::EPERM);
        }
        let kind = match (place, file_type) {
            (_, Some(FileType::Directory)) => DescriptionKind::Directory,
            (_, Some(FileType::CharacterDevice | FileType::BlockDevice)) => {
                let device = self.stat(caller, place)?.special;
                let block = file_type == Some(FileType::BlockDevice);
                DescriptionKind::Device { device, block }
            }
            (_, None | Some(FileType::Socket)) => return Err(Errno::ENXIO),
            (Place::Synthetic(_, node), _) => DescriptionKind::Synthetic(node),
            (Place::Dentry(_) | Place::Inode(_), _) => {
                let inode = self.inode_at(place).ok_or(Errno::ENXIO)?;
                if file_type == Some(FileType::Fifo) {
                    return self.open_fifo(inode, place, flags);
                }
                return self.open_regular(store, caller, inode, place, flags);
            }
            (Place::External(_), _) => return Err(Errno::ENXIO),
        };
        self.add_description(kind, place, flags).map(Opened::Done)
    }

    fn open_regular<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        inode: InodeId,
        place: Place,
        flags: u32,
    ) -> Result<Opened> {
        let writes = flags & c::O_ACCMODE == c::O_WRONLY || flags & c::O_ACCMODE == c::O_RDWR;
        if (writes || flags & c::O_TRUNC != 0) && self.inode(inode).executors > 0 {
            return Err(Errno::ETXTBSY);
        }
        let description = self.add_description(DescriptionKind::Regular(inode), place, flags)?;
        if flags & c::O_TRUNC != 0 {
            self.resize(store, caller, inode, 0);
        }
        Ok(Opened::Done(description))
    }
}
