// SPDX-License-Identifier: MIT OR Apache-2.0
//! The file tree that a Unix world begins with, and its archive.
mod archive;
mod base;
mod host;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{Error, Result};

pub use host::Addition;

/// The time of files that come from no host file: 2026-01-01 00:00:00 UTC, in seconds since 1970. It is
/// fixed so that equal trees make equal archives.
pub const EPOCH: u32 = 1_767_225_600;

/// A tree of files, by path without the leading `/`; the root is the empty path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub content: Content,
    /// Permission bits, with set-ID and sticky bits.
    pub mode: u32,
    /// When it was changed, in seconds since 1970.
    pub time: u32,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A folder.
    Folder,
    /// A regular file with these bytes.
    Bytes(Vec<u8>),
    /// A regular file that is a copy of one of the host's, read when the archive is made.
    Host(PathBuf),
    /// A symbolic link to this path.
    Link(String),
    /// A named pipe.
    Pipe,
    /// A character device.
    Device {
        /// Which driver.
        major: u32,
        /// Which of its devices.
        minor: u32,
    },
}

impl Tree {
    /// A tree with an empty root folder.
    #[must_use]
    pub fn new() -> Self {
        let root = Entry {
            content: Content::Folder,
            mode: 0o755,
            time: EPOCH,
        };
        Tree {
            entries: BTreeMap::from([(String::new(), root)]),
        }
    }

    /// What stands at a path of the guest, which may have a leading `/`.
    #[must_use]
    pub fn get(&self, guest: &str) -> Option<&Entry> {
        self.entries.get(&normal(guest).ok()?)
    }

    /// What stands at a path when symbolic links are followed, as a program would open it.
    #[must_use]
    pub fn find(&self, guest: &str) -> Option<&Entry> {
        self.walk(guest, 40)
    }

    /// Puts a file at a path of the guest, in the place of what was there. Missing folders above it are
    /// made.
    ///
    /// # Errors
    /// [`Error::Tree`] if the path is none, leads through something that is no folder, or would replace
    /// a folder with files in it by something else.
    pub fn put(&mut self, guest: &str, entry: Entry) -> Result<()> {
        let path = normal(guest)?;
        let refuse = |why: String| Error::Tree {
            guest: format!("/{path}"),
            why,
        };
        for (end, _) in path.match_indices('/') {
            let above = &path[..end];
            match self.entries.get(above).map(|entry| &entry.content) {
                Some(Content::Folder) => {}
                Some(_) => return Err(refuse(format!("/{above} is not a folder"))),
                None => {
                    let folder = Entry {
                        content: Content::Folder,
                        mode: 0o755,
                        time: EPOCH,
                    };
                    self.entries.insert(above.to_owned(), folder);
                }
            }
        }
        let below = format!("{path}/");
        let occupied = path.is_empty()
            || self
                .entries
                .range(below.clone()..)
                .next()
                .is_some_and(|(other, _)| other.starts_with(&below));
        if occupied && entry.content != Content::Folder {
            return Err(refuse("it is a folder with files in it".to_owned()));
        }
        self.entries.insert(path, entry);
        Ok(())
    }

    /// The paths and files in order; a folder comes before what is in it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_str(), entry))
    }

    fn walk(&self, guest: &str, links: u32) -> Option<&Entry> {
        let mut walked = String::new();
        let mut parts = guest
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".");
        while let Some(part) = parts.next() {
            if part == ".." {
                walked.truncate(walked.rfind('/').unwrap_or(0));
                continue;
            }
            let folder = walked.clone();
            if !walked.is_empty() {
                walked.push('/');
            }
            walked.push_str(part);
            if let Content::Link(target) = &self.entries.get(&walked)?.content {
                let rest: Vec<&str> = parts.collect();
                let from = if target.starts_with('/') { "" } else { &folder };
                return self.walk(
                    &format!("{from}/{target}/{}", rest.join("/")),
                    links.checked_sub(1)?,
                );
            }
        }
        self.entries.get(&walked)
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

/// A path of the guest without leading, trailing and doubled slashes and without `.`.
fn normal(guest: &str) -> Result<String> {
    let refuse = |why: &str| Error::Tree {
        guest: guest.to_owned(),
        why: why.to_owned(),
    };
    let mut parts = Vec::new();
    for part in guest.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(refuse("a path in the guest may not have ..")),
            _ if part.len() > 255 => return Err(refuse("a name has more than 255 bytes")),
            _ if part.contains('\0') => return Err(refuse("a name has a NUL")),
            _ => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}
