// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files and folders of the host in the guest's tree.
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Content, Entry, Tree};
use crate::{Error, Result};

/// `HOST=GUEST` of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// A file or folder of the host.
    pub host: PathBuf,
    /// Where it goes, from `/`. With a `/` at the end: into that folder, under its own name.
    pub guest: String,
}

impl FromStr for Addition {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text.rsplit_once("=/") {
            Some((host, guest)) if !host.is_empty() => Ok(Addition {
                host: PathBuf::from(host),
                guest: format!("/{guest}"),
            }),
            _ => Err("it must be HOST=GUEST, and GUEST must begin with /".to_owned()),
        }
    }
}

impl Tree {
    /// Adds what `addition` says.
    ///
    /// # Errors
    /// As [`Tree::add`].
    pub fn add_to(&mut self, addition: &Addition) -> Result<()> {
        let Addition { host, guest } = addition;
        // A folder's content goes into a folder; a file goes into it under its own name.
        let whole = fs::metadata(host).map_err(Error::file(host))?;
        match host.file_name().and_then(|name| name.to_str()) {
            Some(name) if guest.ends_with('/') && !whole.is_dir() => {
                self.add(host, &format!("{guest}{name}"))
            }
            _ => self.add(host, guest),
        }
    }

    /// Adds a file, or a folder with everything in it, at a path of the guest. Modes, times and symbolic
    /// links are kept; everything belongs to root. A link that `host` itself is is followed.
    ///
    /// # Errors
    /// [`Error::File`] if something cannot be read, [`Error::Tree`] if something has no place or is of a
    /// kind that does not go into a tree.
    pub fn add(&mut self, host: &Path, guest: &str) -> Result<()> {
        let data = fs::metadata(host).map_err(Error::file(host))?;
        self.add_entry(host, guest, &data)
    }

    fn add_entry(&mut self, host: &Path, guest: &str, data: &fs::Metadata) -> Result<()> {
        let refuse = |why: &str| Error::Tree {
            guest: guest.to_owned(),
            why: format!("{} {why}", host.display()),
        };
        let kind = data.file_type();
        let content = if kind.is_dir() {
            Content::Folder
        } else if kind.is_file() {
            // Found now rather than in the middle of the archive.
            fs::File::open(host).map_err(Error::file(host))?;
            Content::Host(host.to_owned())
        } else if kind.is_symlink() {
            let target = fs::read_link(host).map_err(Error::file(host))?;
            let target = target
                .to_str()
                .ok_or_else(|| refuse("leads to a name that is not UTF-8"))?;
            Content::Link(target.to_owned())
        } else if kind.is_fifo() {
            Content::Pipe
        } else {
            return Err(refuse("is a device or a socket of the host"));
        };
        let is_folder = content == Content::Folder;
        let entry = Entry {
            content,
            mode: data.permissions().mode() & 0o7777,
            // Times before 1970 and after 2106 have no place in the archive.
            time: data.mtime().clamp(0, i64::from(u32::MAX)) as u32,
        };
        // A folder that is there keeps its mode: /tmp stays what it is when something is added to it.
        let is_there = self
            .get(guest)
            .is_some_and(|entry| entry.content == Content::Folder);
        if !(is_folder && is_there) {
            self.put(guest, entry)?;
        }
        if is_folder {
            let mut names = Vec::new();
            for entry in fs::read_dir(host).map_err(Error::file(host))? {
                names.push(entry.map_err(Error::file(host))?.file_name());
            }
            names.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
            for name in names {
                let path = host.join(&name);
                let Some(name) = name.to_str() else {
                    return Err(refuse("has a file whose name is not UTF-8"));
                };
                let data = fs::symlink_metadata(&path).map_err(Error::file(&path))?;
                self.add_entry(
                    &path,
                    &format!("{}/{name}", guest.trim_end_matches('/')),
                    &data,
                )?;
            }
        }
        Ok(())
    }
}
