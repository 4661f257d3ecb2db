// SPDX-License-Identifier: MIT OR Apache-2.0
//! rename(2).
use crate::permission::{CHANGE, WRITE};
use crate::walk::{Last, Walk};
use crate::{Base, Caller, DentryId, Place, Vfs};
use alloc::boxed::Box;
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::PageStore;

/// One side of a rename, looked up.
struct Side {
    directory: DentryId,
    name: Box<[u8]>,
    dentry: Option<DentryId>,
    trailing_slash: bool,
}

/// One side of a rename, up to its last component.
struct Target<'a> {
    place: Place,
    last: Last<'a>,
    trailing_slash: bool,
}

impl Vfs {
    /// renameat2(2); `flags`: `RENAME_NOREPLACE`, `RENAME_EXCHANGE`.
    ///
    /// # Errors
    /// As the manual page has them.
    pub fn rename<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        old: (Base, &[u8]),
        new: (Base, &[u8]),
        flags: u32,
    ) -> Result<()> {
        let exchange = flags & c::RENAME_EXCHANGE != 0;
        let no_replace = flags & c::RENAME_NOREPLACE != 0;
        if flags & !(c::RENAME_EXCHANGE | c::RENAME_NOREPLACE) != 0 || exchange && no_replace {
            return Err(Errno::EINVAL);
        }
        let (old, new) = self.find_sides(caller, old, new, no_replace)?;
        let source = old.dentry.ok_or(Errno::ENOENT)?;
        if no_replace && new.dentry.is_some() {
            return Err(Errno::EEXIST);
        }
        let source_is_directory = self.inode_is_directory(self.dentry(source).inode);
        if exchange {
            let target = new.dentry.ok_or(Errno::ENOENT)?;
            if new.trailing_slash && !self.inode_is_directory(self.dentry(target).inode) {
                return Err(Errno::ENOTDIR);
            }
        }
        if !source_is_directory && (old.trailing_slash || !exchange && new.trailing_slash) {
            return Err(Errno::ENOTDIR);
        }
        if self.is_within(new.directory, source) {
            return Err(Errno::EINVAL);
        }
        if let Some(target) = new.dentry
            && self.is_within(old.directory, target)
        {
            return Err(if exchange {
                Errno::EINVAL
            } else {
                Errno::ENOTEMPTY
            });
        }
        // Two names of one file: there is nothing to do.
        if new
            .dentry
            .is_some_and(|target| self.dentry(target).inode == self.dentry(source).inode)
        {
            return Ok(());
        }
        self.check_rename(caller, source, &old, &new, exchange)?;
        match new.dentry {
            Some(target) if exchange => self.exchange(caller, source, target),
            target => {
                if let Some(target) = target
                    && source_is_directory
                    && !self.directory(target).is_empty()
                {
                    return Err(Errno::ENOTEMPTY);
                }
                self.replace(store, caller, source, new);
            }
        }
        Ok(())
    }

    fn find_sides(
        &self,
        caller: &Caller<'_>,
        old: (Base, &[u8]),
        new: (Base, &[u8]),
        no_replace: bool,
    ) -> Result<(Side, Side)> {
        let old = self.walk_to_target(caller, old)?;
        let new = self.walk_to_target(caller, new)?;
        if self.mount_of(old.place) != self.mount_of(new.place) {
            return Err(Errno::EXDEV);
        }
        let (Last::Name(old_name), Place::Dentry(old_directory)) = (old.last, old.place) else {
            return Err(if matches!(old.place, Place::Dentry(_)) {
                Errno::EBUSY
            } else {
                // Nobody renames in a synthetic file system.
                self.check_permission(caller, old.place, CHANGE)?;
                Errno::EPERM
            });
        };
        let (Last::Name(new_name), Place::Dentry(new_directory)) = (new.last, new.place) else {
            return Err(if no_replace {
                Errno::EEXIST
            } else {
                Errno::EBUSY
            });
        };
        let side = |directory, name: alloc::borrow::Cow<'_, [u8]>, trailing_slash| {
            let dentry = match self.lookup(caller, Place::Dentry(directory), &name) {
                Ok(_) => self.child(directory, &name),
                Err(Errno::ENOENT) => None,
                Err(error) => return Err(error),
            };
            Ok(Side {
                directory,
                name: name.into_owned().into(),
                dentry,
                trailing_slash,
            })
        };
        let old = side(old_directory, old_name, old.trailing_slash)?;
        if old.dentry.is_none() {
            return Err(Errno::ENOENT);
        }
        Ok((old, side(new_directory, new_name, new.trailing_slash)?))
    }

    fn walk_to_target<'a>(
        &'a self,
        caller: &'a Caller<'a>,
        (base, path): (Base, &'a [u8]),
    ) -> Result<Target<'a>> {
        let mut walk = Walk::new(self, caller, base, path)?;
        let last = walk.reach_last()?;
        Ok(Target {
            place: walk.place,
            last,
            trailing_slash: walk.trailing_slash,
        })
    }

    /// Whether a directory is another entry, or below it.
    fn is_within(&self, directory: DentryId, other: DentryId) -> bool {
        let mut next = Some(directory);
        while let Some(dentry) = next {
            if dentry == other {
                return true;
            }
            next = self.dentry(dentry).parent;
        }
        false
    }

    fn check_rename(
        &self,
        caller: &Caller<'_>,
        source: DentryId,
        old: &Side,
        new: &Side,
        exchange: bool,
    ) -> Result<()> {
        let is_directory = |dentry: DentryId| self.inode_is_directory(self.dentry(dentry).inode);
        self.check_removal_but_mounts(caller, source, is_directory(source))?;
        match new.dentry {
            None => self.check_addition(caller, new.directory)?,
            Some(target) => {
                let wanted = if exchange {
                    is_directory(target)
                } else {
                    is_directory(source)
                };
                self.check_removal_but_mounts(caller, target, wanted)?;
            }
        }
        if old.directory != new.directory {
            // A directory that moves gets another `..`.
            let moved = [Some(source), new.dentry.filter(|_| exchange)];
            for dentry in moved
                .into_iter()
                .flatten()
                .filter(|&dentry| is_directory(dentry))
            {
                self.check_permission(caller, Place::Dentry(dentry), WRITE)?;
            }
        }
        let mounted = |dentry: DentryId| self.dentry(dentry).mounted.is_some();
        if mounted(source) || new.dentry.is_some_and(mounted) {
            return Err(Errno::EBUSY);
        }
        Ok(())
    }

    fn check_removal_but_mounts(
        &self,
        caller: &Caller<'_>,
        dentry: DentryId,
        directory_wanted: bool,
    ) -> Result<()> {
        match self.check_removal(caller, dentry, directory_wanted) {
            Err(Errno::EBUSY) if self.dentry(dentry).parent.is_some() => Ok(()),
            result => result,
        }
    }

    /// Moves an entry to its new name; what had that name before goes.
    fn replace<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        source: DentryId,
        new: Side,
    ) {
        let now = caller.now;
        let inode = self.dentry(source).inode;
        let from = self.dentry(source).parent;
        if let Some(target) = new.dentry {
            self.unlink_dentry(target);
        }
        self.move_dentry(source, new.directory, new.name);
        if let Some(target) = new.dentry {
            self.drop_link(store, target, now);
        }
        self.inode_mut(inode).changed = now;
        let is_directory = self.inode_is_directory(inode);
        for (directory, gains) in [(from, false), (Some(new.directory), true)] {
            let Some(directory) = directory else { continue };
            let directory = self.dentry(directory).inode;
            let directory = self.inode_mut(directory);
            match (is_directory, gains) {
                (true, true) => directory.links += 1,
                (true, false) => directory.links -= 1,
                (false, _) => {}
            }
            directory.touch_modified(now);
        }
    }

    /// Swaps two entries.
    fn exchange(&mut self, caller: &Caller<'_>, one: DentryId, other: DentryId) {
        let now = caller.now;
        let (Some(one_parent), Some(other_parent)) =
            (self.dentry(one).parent, self.dentry(other).parent)
        else {
            return;
        };
        self.swap_dentries(one, other);
        let directories =
            [one, other].map(|dentry| self.inode_is_directory(self.dentry(dentry).inode));
        let parents = [one_parent, other_parent].map(|parent| self.dentry(parent).inode);
        for (index, dentry) in [one, other].into_iter().enumerate() {
            let inode = self.dentry(dentry).inode;
            self.inode_mut(inode).changed = now;
            self.inode_mut(parents[index]).touch_modified(now);
            if directories[index] {
                self.inode_mut(parents[index]).links -= 1;
                self.inode_mut(parents[1 - index]).links += 1;
            }
        }
    }

    /// The mount that a place is in.
    pub(crate) fn mount_of(&self, place: Place) -> crate::MountId {
        match place {
            Place::Synthetic(mount, _) => mount,
            _ => self
                .inode_at(place)
                .map_or(crate::MountId::NONE, |id| self.inode(id).mount),
        }
    }
}
