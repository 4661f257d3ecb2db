// SPDX-License-Identifier: MIT OR Apache-2.0
//! getdents64(2).
use crate::directory::Directory;
use crate::{Caller, DentryId, DescriptionId, DescriptionKind, FileType, Place, Vfs};
use unix_abi::{Errno, Result};

/// One entry of a listing.
#[derive(Clone, Copy, Debug)]
pub struct DirectoryEntry<'a> {
    /// Inode number (`d_ino`).
    pub ino: u64,
    /// Cookie of the position behind it (`d_off`).
    pub next: u64,
    /// Its type ([`FileType::directory_entry_type`]).
    pub file_type: FileType,
    /// Its name.
    pub name: &'a [u8],
}

/// Where a listing is: behind nothing, behind `.`, behind `..`. From here on cookies are those of
/// [`Directory`], or those of the synthetic file system, moved by as much.
const BEHIND_DOT: u64 = 1;
const BEHIND_DOT_DOT: u64 = 2;

impl Vfs {
    /// getdents64(2): hands out entries from the description's position on, until `emit` answers
    /// false; that one comes again next time. When not even the first one fits, the caller answers
    /// EINVAL.
    ///
    /// # Errors
    /// EBADF for `O_PATH`; ENOTDIR; ENOENT when the directory was removed.
    pub fn read_directory(
        &mut self,
        caller: &Caller<'_>,
        id: DescriptionId,
        emit: &mut dyn FnMut(DirectoryEntry<'_>) -> bool,
    ) -> Result<()> {
        let description = self.descriptor(id);
        let place = description.place;
        match description.kind {
            DescriptionKind::Directory => {}
            DescriptionKind::Path => return Err(Errno::EBADF),
            _ => return Err(Errno::ENOTDIR),
        }
        if let Place::Dentry(dentry) = place
            && !self.dentry(dentry).linked
        {
            return Err(Errno::ENOENT);
        }
        let mut position = description.offset;
        if position < BEHIND_DOT
            && let Place::Dentry(dentry) = place
        {
            self.descriptor_mut(id).listing_end = self.directory(dentry).next_cookie();
        }
        let end = self.descriptor(id).listing_end;
        let result = self.list(caller, place, &mut position, end, emit);
        self.descriptor_mut(id).offset = position;
        if let Some(inode) = self.inode_at(place) {
            self.inode_mut(inode).touch_accessed(caller.now);
        }
        result
    }

    fn list(
        &self,
        caller: &Caller<'_>,
        place: Place,
        position: &mut u64,
        end: u64,
        emit: &mut dyn FnMut(DirectoryEntry<'_>) -> bool,
    ) -> Result<()> {
        let mut give = |entry: DirectoryEntry<'_>, position: &mut u64| {
            let taken = emit(entry);
            if taken {
                *position = entry.next;
            }
            taken
        };
        let file_type = FileType::Directory;
        if *position < BEHIND_DOT {
            let ino = self.stat(caller, place)?.ino;
            let dot = DirectoryEntry {
                ino,
                next: BEHIND_DOT,
                file_type,
                name: b".",
            };
            if !give(dot, position) {
                return Ok(());
            }
        }
        if *position < BEHIND_DOT_DOT {
            let ino = self.stat(caller, self.parent(caller, place)?)?.ino;
            let dot_dot = DirectoryEntry {
                ino,
                next: BEHIND_DOT_DOT,
                file_type,
                name: b"..",
            };
            if !give(dot_dot, position) {
                return Ok(());
            }
        }
        match place {
            Place::Dentry(dentry) => {
                self.list_tree(caller, dentry, position, end, &mut give);
                Ok(())
            }
            Place::Synthetic(_, node) => {
                let from = *position - BEHIND_DOT_DOT;
                caller.synthetic.list(node, from, &mut |entry| {
                    let crate::SyntheticEntry {
                        name,
                        ino,
                        file_type,
                        next,
                    } = entry;
                    let next = next.saturating_add(BEHIND_DOT_DOT);
                    give(
                        DirectoryEntry {
                            ino,
                            next,
                            file_type,
                            name,
                        },
                        position,
                    )
                })
            }
            Place::Inode(_) | Place::External(_) => Err(Errno::ENOTDIR),
        }
    }

    fn list_tree(
        &self,
        caller: &Caller<'_>,
        directory: DentryId,
        position: &mut u64,
        end: u64,
        give: &mut dyn FnMut(DirectoryEntry<'_>, &mut u64) -> bool,
    ) {
        // The position is the cookie of the last entry that was given out, so the one behind it is
        // next, whether or not that one is still there.
        let first = position.saturating_add(1).max(Directory::FIRST_COOKIE);
        for (cookie, child) in self.directory(directory).between(first, end) {
            let dentry = self.dentry(child);
            // What is mounted there is a directory like what it covers, with its own number.
            let ino = match dentry.mounted {
                None => Ok(self.inode(dentry.inode).ino),
                Some(_) => self
                    .stat(caller, self.cross_mounts(child))
                    .map(|stat| stat.ino),
            };
            let Ok(ino) = ino else { continue };
            let file_type = self.inode(dentry.inode).file_type();
            let entry = DirectoryEntry {
                ino,
                next: cookie,
                file_type,
                name: &dentry.name,
            };
            if !give(entry, position) {
                return;
            }
        }
    }
}
