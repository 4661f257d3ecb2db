// SPDX-License-Identifier: MIT OR Apache-2.0
//! File tables: what the descriptors of a process refer to.
use crate::{Base, DescriptionId, LockOwner, Vfs};
use alloc::vec::Vec;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

#[derive(Clone, Copy)]
struct Entry {
    description: DescriptionId,
    close_on_exec: bool,
}

/// The descriptors of a process (clone(2), `CLONE_FILES`). Each open one holds a reference on its
/// description; a table that goes has to be emptied first ([`FileTable::close_all`]).
#[derive(Default)]
pub struct FileTable {
    entries: Vec<Option<Entry>>,
    /// No number below this one is free.
    lowest: usize,
}

impl FileTable {
    /// An empty table.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
            lowest: 0,
        }
    }

    /// Puts the table into memory of its own size.
    pub fn compact(&mut self) {
        self.entries = self.entries.as_slice().to_vec();
    }

    fn entry(&self, fd: u32) -> Result<Entry> {
        self.entries
            .get(fd as usize)
            .copied()
            .flatten()
            .ok_or(Errno::EBADF)
    }

    /// What a descriptor refers to.
    ///
    /// # Errors
    /// EBADF.
    pub fn get(&self, fd: u32) -> Result<DescriptionId> {
        Ok(self.entry(fd)?.description)
    }

    /// What a `dirfd` argument stands for.
    pub fn base(&self, dirfd: i32) -> Base {
        if dirfd == c::AT_FDCWD {
            return Base::Working;
        }
        let description = u32::try_from(dirfd).ok().and_then(|fd| self.get(fd).ok());
        description.map_or(Base::Bad, Base::Description)
    }

    fn first_free(&self, minimum: u32, limit: u32) -> Result<usize> {
        let from = (minimum as usize).max(self.lowest);
        let holes = self.entries.iter().skip(from).position(Option::is_none);
        let free = holes.map_or(from.max(self.entries.len()), |index| from + index);
        if free < limit as usize {
            Ok(free)
        } else {
            Err(Errno::EMFILE)
        }
    }

    /// Whether there is a free number below the limit (getrlimit(2), `RLIMIT_NOFILE`). Asked
    /// before an open, because that must not create a file which then cannot have a descriptor.
    ///
    /// # Errors
    /// EMFILE.
    pub fn check_free(&self, limit: u32) -> Result<()> {
        self.first_free(0, limit).map(|_| ())
    }

    fn put(&mut self, index: usize, entry: Entry) {
        if index >= self.entries.len() {
            self.entries.resize(index + 1, None);
        }
        self.entries[index] = Some(entry);
        if index == self.lowest {
            self.lowest = index + 1;
        }
    }

    fn take(&mut self, fd: u32) -> Option<Entry> {
        let entry = self.entries.get_mut(fd as usize)?.take()?;
        self.lowest = self.lowest.min(fd as usize);
        Some(entry)
    }

    /// Gives a description the lowest free number from `minimum` on; the table takes the caller's
    /// reference over.
    ///
    /// # Errors
    /// EMFILE; the reference stays the caller's.
    pub fn insert(
        &mut self,
        description: DescriptionId,
        close_on_exec: bool,
        minimum: u32,
        limit: u32,
    ) -> Result<u32> {
        let index = self.first_free(minimum, limit)?;
        self.put(
            index,
            Entry {
                description,
                close_on_exec,
            },
        );
        Ok(index as u32)
    }

    /// dup(2), and fcntl(2), `F_DUPFD` and `F_DUPFD_CLOEXEC`.
    ///
    /// # Errors
    /// EBADF; EINVAL if `minimum` is not below the limit; EMFILE.
    pub fn duplicate(
        &mut self,
        vfs: &mut Vfs,
        fd: u32,
        minimum: u32,
        close_on_exec: bool,
        limit: u32,
    ) -> Result<u32> {
        let description = self.get(fd)?;
        if minimum > 0 && minimum >= limit {
            return Err(Errno::EINVAL);
        }
        let new = self.insert(description, close_on_exec, minimum, limit)?;
        vfs.share(description);
        Ok(new)
    }

    /// dup2(2); dup3(2) too, whose EINVAL for two equal numbers is the caller's. `process` gives
    /// up its record locks on what `to` referred to before.
    ///
    /// # Errors
    /// EBADF, also for a `to` that is not below the limit.
    #[allow(clippy::too_many_arguments)]
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
        let description = self.get(fd)?;
        if to >= limit {
            return Err(Errno::EBADF);
        }
        if fd == to {
            return Ok(to);
        }
        vfs.share(description);
        let old = self.take(to);
        self.put(
            to as usize,
            Entry {
                description,
                close_on_exec,
            },
        );
        if let Some(old) = old {
            Self::drop_entry(vfs, store, old, process);
        }
        Ok(to)
    }

    fn drop_entry<S: PageStore + ?Sized>(vfs: &mut Vfs, store: &mut S, entry: Entry, process: u32) {
        vfs.drop_process_locks(entry.description, process);
        vfs.release(store, entry.description);
    }

    /// close(2). `process` gives up its record locks on the file.
    ///
    /// # Errors
    /// EBADF.
    pub fn close<S: PageStore + ?Sized>(
        &mut self,
        vfs: &mut Vfs,
        store: &mut S,
        fd: u32,
        process: u32,
    ) -> Result<()> {
        let entry = self.take(fd).ok_or(Errno::EBADF)?;
        Self::drop_entry(vfs, store, entry, process);
        Ok(())
    }

    /// fcntl(2), `F_GETFD`.
    ///
    /// # Errors
    /// EBADF.
    pub fn close_on_exec(&self, fd: u32) -> Result<bool> {
        Ok(self.entry(fd)?.close_on_exec)
    }

    /// fcntl(2), `F_SETFD`.
    ///
    /// # Errors
    /// EBADF.
    pub fn set_close_on_exec(&mut self, fd: u32, on: bool) -> Result<()> {
        let entry = self.entries.get_mut(fd as usize).and_then(Option::as_mut);
        entry.ok_or(Errno::EBADF)?.close_on_exec = on;
        Ok(())
    }

    /// execve(2): closes what is marked.
    pub fn close_marked<S: PageStore + ?Sized>(
        &mut self,
        vfs: &mut Vfs,
        store: &mut S,
        process: u32,
    ) {
        for fd in 0..self.entries.len() as u32 {
            if self.entry(fd).is_ok_and(|entry| entry.close_on_exec)
                && let Some(entry) = self.take(fd)
            {
                Self::drop_entry(vfs, store, entry, process);
            }
        }
    }

    /// fork(2): the same numbers for the same descriptions.
    pub fn fork(&self, vfs: &mut Vfs) -> Self {
        for entry in self.entries.iter().flatten() {
            vfs.share(entry.description);
        }
        let used = self
            .entries
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |last| last + 1);
        Self {
            entries: self.entries[..used].to_vec(),
            lowest: self.lowest.min(used),
        }
    }

    /// exit(2): closes everything.
    pub fn close_all<S: PageStore + ?Sized>(&mut self, vfs: &mut Vfs, store: &mut S, process: u32) {
        for entry in core::mem::take(&mut self.entries).into_iter().flatten() {
            Self::drop_entry(vfs, store, entry, process);
        }
        vfs.cancel_lock_wait(LockOwner::Process(process));
        self.lowest = 0;
    }

    /// The open numbers with what they refer to, rising.
    pub fn iter(&self) -> impl Iterator<Item = (u32, DescriptionId)> + '_ {
        let open = self.entries.iter().enumerate();
        open.filter_map(|(fd, entry)| Some((fd as u32, (*entry)?.description)))
    }

    /// Bytes of heap behind the table, for whoever counts.
    pub fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Option<Entry>>()
    }
}
