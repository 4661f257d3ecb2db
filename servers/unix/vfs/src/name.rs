// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a place back to a path: getcwd(2), links in `/proc`, readlink(2).
use crate::inode::Kind;
use crate::{Base, Caller, DescriptionId, FileType, Follow, Link, Place, Vfs};
use alloc::format;
use alloc::vec::Vec;
use unix_abi::{Errno, Result};

impl Vfs {
    /// Appends the absolute path of a place as the caller sees it, as in `/proc/PID/maps` and
    /// behind `/proc/PID/fd`: `pipe:[…]` for pipes; with ` (deleted)` behind it when the name is
    /// gone.
    pub fn path_of(&self, caller: &Caller<'_>, place: Place, to: &mut Vec<u8>) {
        match place {
            Place::Dentry(_) | Place::Synthetic(..) => {
                self.append_path(caller, place, to);
                if self.is_removed(place) {
                    to.extend_from_slice(b" (deleted)");
                }
            }
            Place::Inode(id) => {
                let inode = self.inode(id);
                let text = match inode.file_type() {
                    FileType::Fifo => format!("pipe:[{}]", inode.ino),
                    _ => format!("/#{} (deleted)", inode.ino),
                };
                to.extend_from_slice(text.as_bytes());
            }
            Place::External(_) => to.extend_from_slice(b"anon_inode:"),
        }
    }

    /// The same for what a description stands for.
    pub fn path_of_description(&self, caller: &Caller<'_>, id: DescriptionId, to: &mut Vec<u8>) {
        let description = self.descriptor(id);
        match description.place {
            Place::External(_) => to.extend_from_slice(description.name.as_bytes()),
            place => self.path_of(caller, place, to),
        }
    }

    /// getcwd(2): the path of the working directory, `(unreachable)` before it when it is not below
    /// the root directory.
    ///
    /// # Errors
    /// ENOENT when it was removed.
    pub fn working_directory(&self, caller: &Caller<'_>) -> Result<Vec<u8>> {
        let place = caller.directories.working;
        if self.is_removed(place) {
            return Err(Errno::ENOENT);
        }
        if let Place::Synthetic(_, node) = place {
            caller.synthetic.attributes(node)?;
        }
        let mut path = Vec::new();
        if !self.append_path(caller, place, &mut path) {
            path.splice(..0, *b"(unreachable)");
        }
        Ok(path)
    }

    fn is_removed(&self, place: Place) -> bool {
        matches!(place, Place::Dentry(dentry) if !self.dentry(dentry).linked)
    }

    /// Appends the path, and tells whether it leads to the caller's root.
    fn append_path(&self, caller: &Caller<'_>, place: Place, to: &mut Vec<u8>) -> bool {
        let start = to.len();
        let mut place = place;
        let mut below_root = true;
        // From the end to the beginning, each name backwards; turned round at the end.
        while place != caller.directories.root {
            let above = match place {
                Place::Dentry(dentry) => {
                    let dentry = self.dentry(dentry);
                    match dentry.parent {
                        Some(parent) => {
                            to.extend(dentry.name.iter().rev());
                            to.push(b'/');
                            Some(Place::Dentry(parent))
                        }
                        None => {
                            let mount = self.inode(dentry.inode).mount;
                            self.mounted_on(mount).map(Place::Dentry)
                        }
                    }
                }
                Place::Synthetic(mount, _) if self.mount_root(mount) == place => {
                    self.mounted_on(mount).map(Place::Dentry)
                }
                Place::Synthetic(mount, node) => {
                    let name_start = to.len();
                    caller.synthetic.name(node, to);
                    to[name_start..].reverse();
                    to.push(b'/');
                    Some(Place::Synthetic(mount, caller.synthetic.parent(node)))
                }
                Place::Inode(_) | Place::External(_) => None,
            };
            match above {
                // A parent that something is mounted on was left through the mount's root.
                Some(above) => place = above,
                None => {
                    below_root = false;
                    break;
                }
            }
        }
        if to.len() == start {
            to.push(b'/');
        }
        to[start..].reverse();
        below_root
    }

    /// readlinkat(2): appends the whole target; the caller cuts it. With an empty path it is the
    /// link that `base` was opened on with `O_PATH`.
    ///
    /// # Errors
    /// EINVAL if it is no symbolic link, ENOENT, and those of the path.
    pub fn read_link(
        &self,
        caller: &Caller<'_>,
        base: Base,
        path: &[u8],
        to: &mut Vec<u8>,
    ) -> Result<()> {
        let (place, missing) = if path.is_empty() {
            let Base::Description(_) = base else {
                return Err(Errno::ENOENT);
            };
            (self.base_place(caller, base)?, Errno::ENOENT)
        } else {
            (self.resolve_link(caller, base, path)?, Errno::EINVAL)
        };
        match place {
            Place::Synthetic(_, node) => match caller.synthetic.read_link(node)? {
                Link::Path(path) => to.extend_from_slice(&path),
                Link::Place(place) => self.path_of(caller, place, to),
                Link::Description(id) => {
                    if !self.descriptions.contains(id.0 as usize) {
                        return Err(Errno::ENOENT);
                    }
                    self.path_of_description(caller, id, to);
                }
            },
            _ => match self.inode_at(place).map(|inode| &self.inode(inode).kind) {
                Some(Kind::Symlink(target)) => to.extend_from_slice(target),
                _ => return Err(missing),
            },
        }
        Ok(())
    }

    fn resolve_link(&self, caller: &Caller<'_>, base: Base, path: &[u8]) -> Result<Place> {
        self.resolve(caller, base, path, Follow::NotLast)
    }
}
