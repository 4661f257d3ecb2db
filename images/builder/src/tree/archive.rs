// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tree as a cpio archive (newc), the form that Linux unpacks at its start as well.
use std::borrow::Cow;
use std::fs;
use std::io::{self, Write};

use cpio::newc::{Builder, ModeFileType};

use super::{Content, Tree};
use crate::{Error, Result};

impl Tree {
    /// The archive of the whole tree. Equal trees make equal archives.
    ///
    /// # Errors
    /// [`Error::File`] if a file of the host cannot be read, [`Error::Tree`] if one has 4 GiB or more.
    pub fn archive(&self) -> Result<Vec<u8>> {
        let mut archive = Vec::new();
        for (number, (path, entry)) in self.iter().enumerate() {
            let (kind, data) = match &entry.content {
                Content::Folder => (ModeFileType::Directory, Cow::Borrowed(&[][..])),
                Content::Bytes(bytes) => (ModeFileType::Regular, Cow::Borrowed(&bytes[..])),
                Content::Host(host) => {
                    let bytes = fs::read(host).map_err(Error::file(host))?;
                    (ModeFileType::Regular, Cow::Owned(bytes))
                }
                Content::Link(target) => (ModeFileType::Symlink, Cow::Borrowed(target.as_bytes())),
                Content::Pipe => (ModeFileType::Fifo, Cow::Borrowed(&[][..])),
                Content::Device { .. } => (ModeFileType::Char, Cow::Borrowed(&[][..])),
            };
            let (major, minor) = match entry.content {
                Content::Device { major, minor } => (major, minor),
                _ => (0, 0),
            };
            let length = u32::try_from(data.len()).map_err(|_| Error::Tree {
                guest: format!("/{path}"),
                why: "a file of the archive must have less than 4 GiB".to_owned(),
            })?;
            let links = if entry.content == Content::Folder {
                2
            } else {
                1
            };
            let header = Builder::new(if path.is_empty() { "." } else { path })
                .ino(number as u32 + 1)
                .mode(entry.mode)
                .set_mode_file_type(kind)
                .nlink(links)
                .mtime(entry.time)
                .rdev_major(major)
                .rdev_minor(minor);
            append(header, &mut archive, length, &data)
                .map_err(Error::system("the root archive"))?;
        }
        cpio::newc::trailer(&mut archive).map_err(Error::system("the root archive"))?;
        Ok(archive)
    }
}

fn append(header: Builder, archive: &mut Vec<u8>, length: u32, data: &[u8]) -> io::Result<()> {
    let mut writer = header.write(archive, length);
    writer.write_all(data)?;
    writer.finish()?;
    Ok(())
}
