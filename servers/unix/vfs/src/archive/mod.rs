// SPDX-License-Identifier: MIT OR Apache-2.0
//! Filling the tree from the boot archive: cpio in the "new ASCII" format (cpio(5)), the format of
//! Linux's initramfs. Several archives may follow each other, padded with zeros; later entries
//! replace earlier ones.
mod entry;
mod error;

pub use error::ArchiveError;

use crate::{Caller, Credentials, Directories, InodeId, NoSynthetic, Timestamp, Vfs};
use alloc::collections::BTreeMap;
use alloc::string::String;
use error::describe;
use hadris_cpio::{CpioArchiveReader, CpioEntryHeader, CpioMagic};
use unix_abi::linux::general as c;
use unix_pages::PageStore;

/// What came out of an archive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Filled {
    /// Entries of all types.
    pub entries: usize,
    /// Bytes of regular files.
    pub bytes: u64,
}

/// One entry, as it is in the archive.
struct Entry<'a> {
    header: &'a CpioEntryHeader,
    name: &'a [u8],
    bytes: &'static [u8],
    /// Where the bytes begin in the archive.
    offset: usize,
}

/// Files with several names, by the archive's device and inode numbers.
type HardLinks = BTreeMap<(u32, u32, u32), InodeId>;

impl Vfs {
    /// Fills the tree from an archive. The contents of regular files stay where they are until
    /// they are written to. Directories that are missing on the way to an entry are made, with
    /// mode 0755.
    ///
    /// # Errors
    /// See [`ArchiveError`]; what came before the bad entry is there.
    pub fn fill_from_archive<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        archive: &'static [u8],
        now: Timestamp,
    ) -> core::result::Result<Filled, ArchiveError> {
        let root = self.root();
        let directories = self.new_directories(root, root, 0);
        let result = self.fill(store, archive, &directories, now);
        self.release_directories(store, directories);
        result
    }

    fn fill<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        archive: &'static [u8],
        directories: &Directories,
        now: Timestamp,
    ) -> core::result::Result<Filled, ArchiveError> {
        let caller = Caller {
            credentials: Credentials::ROOT,
            directories,
            now,
            file_size_limit: u64::MAX,
            synthetic: &NoSynthetic,
        };
        let mut filled = Filled::default();
        let mut links = HardLinks::new();
        let mut name_buffer = [0; c::PATH_MAX as usize];
        let mut offset = 0;
        let mut complete = true;
        while offset < archive.len() {
            let rest = &archive[offset..];
            if complete && rest[0] == 0 {
                offset += rest.iter().take_while(|&&byte| byte == 0).count();
                continue;
            }
            let mut reader = CpioArchiveReader::new(rest);
            let entry = match reader.next_entry_with_buf(&mut name_buffer) {
                Ok(entry) => entry,
                Err(error) => return Err(describe(error, offset)),
            };
            let Some(entry) = entry else {
                // The end mark; another archive may follow.
                complete = true;
                offset += reader.offset() as usize;
                links.clear();
                continue;
            };
            complete = false;
            let start = offset + reader.offset() as usize;
            let size = entry.file_size() as usize;
            let bytes = archive.get(start..).and_then(|bytes| bytes.get(..size));
            let bytes = bytes.ok_or(ArchiveError::Cut { offset })?;
            if entry.magic() == CpioMagic::NewcCrc {
                reader
                    .skip_entry_data(&entry)
                    .map_err(|error| describe(error, offset))?;
            }
            let entry = Entry {
                header: entry.header(),
                name: entry.name(),
                bytes,
                offset: start,
            };
            self.add_entry(store, &caller, &entry, &mut links)
                .map_err(|error| {
                    let name = String::from_utf8_lossy(entry.name).into_owned();
                    ArchiveError::Refused { name, error }
                })?;
            filled.entries += 1;
            filled.bytes += bytes.len() as u64;
            offset = start + size.next_multiple_of(4);
        }
        match (complete, filled.entries) {
            (true, 0) => Err(ArchiveError::Empty),
            (true, _) => Ok(filled),
            (false, _) => Err(ArchiveError::Cut {
                offset: archive.len(),
            }),
        }
    }
}
