// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small world to test in.
use crate::*;
use unix_abi::Result;
use unix_abi::linux::general as c;
use unix_pages::VecPages;

pub(super) const NOW: Timestamp = Timestamp {
    seconds: 1_700_000_000,
    nanoseconds: 5,
};

/// A file system, its pages, and one process that stands at the root.
pub(super) struct World {
    pub vfs: Vfs,
    pub store: VecPages,
    pub directories: Directories,
    pub synthetic: &'static dyn Synthetic,
    pub uid: u32,
    pub now: Timestamp,
    pub file_size_limit: u64,
}

impl World {
    pub fn new() -> Self {
        Self::with(Limits::default(), 1000)
    }

    pub fn with(limits: Limits, pages: usize) -> Self {
        let mut vfs = Vfs::new(limits, 7, NOW);
        let root = vfs.root();
        let directories = vfs.new_directories(root, root, 0o022);
        Self {
            vfs,
            store: VecPages::new(pages),
            directories,
            synthetic: &NoSynthetic,
            uid: 0,
            now: NOW,
            file_size_limit: u64::MAX,
        }
    }

    /// Runs a call for the process.
    pub fn call<R>(&mut self, run: impl FnOnce(&mut Vfs, &mut VecPages, &Caller<'_>) -> R) -> R {
        let caller = Caller {
            credentials: Credentials {
                uid: self.uid,
                gid: self.uid,
                groups: &[],
            },
            directories: &self.directories,
            now: self.now,
            file_size_limit: self.file_size_limit,
            synthetic: self.synthetic,
        };
        run(&mut self.vfs, &mut self.store, &caller)
    }

    pub fn try_open(&mut self, path: &str, flags: u32) -> Result<Opened> {
        let path = path.as_bytes();
        self.call(|vfs, store, caller| vfs.open(store, caller, Base::Working, path, flags, 0o666))
    }

    pub fn open(&mut self, path: &str, flags: u32) -> DescriptionId {
        match self.try_open(path, flags) {
            Ok(Opened::Done(description)) => description,
            other => panic!("{path}: {other:?}"),
        }
    }

    pub fn release(&mut self, description: DescriptionId) {
        self.vfs.release(&mut self.store, description);
    }

    pub fn resolve(&mut self, path: &str) -> Result<Place> {
        let path = path.as_bytes();
        self.call(|vfs, _, caller| vfs.resolve(caller, Base::Working, path, Follow::Last))
    }

    pub fn stat(&mut self, path: &str) -> Result<Stat> {
        let place = self.resolve(path)?;
        self.call(|vfs, _, caller| vfs.stat(caller, place))
    }

    pub fn mkdir(&mut self, path: &str) -> Result<()> {
        let path = path.as_bytes();
        self.call(|vfs, _, caller| vfs.mkdir(caller, Base::Working, path, 0o755))
    }

    pub fn mknod(&mut self, path: &str, mode: u32, device: Device) -> Result<()> {
        let path = path.as_bytes();
        self.call(|vfs, _, caller| vfs.mknod(caller, Base::Working, path, mode, device))
    }

    pub fn symlink(&mut self, target: &str, path: &str) -> Result<()> {
        let (target, path) = (target.as_bytes(), path.as_bytes());
        self.call(|vfs, _, caller| vfs.symlink(caller, target, Base::Working, path))
    }

    pub fn unlink(&mut self, path: &str) -> Result<()> {
        let path = path.as_bytes();
        self.call(|vfs, store, caller| vfs.unlink(store, caller, Base::Working, path, 0))
    }

    pub fn rmdir(&mut self, path: &str) -> Result<()> {
        let path = path.as_bytes();
        let flags = c::AT_REMOVEDIR;
        self.call(|vfs, store, caller| vfs.unlink(store, caller, Base::Working, path, flags))
    }

    pub fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        let (old, new) = (
            (Base::Working, old.as_bytes()),
            (Base::Working, new.as_bytes()),
        );
        self.call(|vfs, store, caller| vfs.rename(store, caller, old, new, 0))
    }

    pub fn read(&mut self, id: DescriptionId, length: usize) -> Result<(Transfer, Vec<u8>)> {
        let mut buffer = vec![0; length];
        let sink = &mut SliceSink(&mut buffer);
        let transfer = self.call(|vfs, store, caller| {
            vfs.read(store, caller, id, Position::Current, length, sink)
        })?;
        if let Transfer::Done(done) = transfer {
            buffer.truncate(done);
        }
        Ok((transfer, buffer))
    }

    /// Reads, and expects that it neither fails nor waits.
    pub fn bytes(&mut self, id: DescriptionId, length: usize) -> Vec<u8> {
        match self.read(id, length) {
            Ok((Transfer::Done(_), bytes)) => bytes,
            other => panic!("{other:?}"),
        }
    }

    pub fn write(&mut self, id: DescriptionId, bytes: &[u8]) -> Result<Transfer> {
        self.write_at(id, Position::Current, bytes)
    }

    pub fn write_at(
        &mut self,
        id: DescriptionId,
        position: Position,
        bytes: &[u8],
    ) -> Result<Transfer> {
        let source = &mut SliceSource(bytes);
        self.call(|vfs, store, caller| vfs.write(store, caller, id, position, bytes.len(), source))
    }

    /// Makes a file with contents.
    pub fn file(&mut self, path: &str, bytes: &[u8]) {
        let id = self.open(path, c::O_WRONLY | c::O_CREAT);
        assert_eq!(self.write(id, bytes), Ok(Transfer::Done(bytes.len())));
        self.release(id);
    }

    pub fn contents(&mut self, path: &str) -> Vec<u8> {
        let id = self.open(path, c::O_RDONLY);
        let mut all = Vec::new();
        loop {
            let bytes = self.bytes(id, 100_000);
            if bytes.is_empty() {
                break;
            }
            all.extend(bytes);
        }
        self.release(id);
        all
    }

    /// The next entries of a listing, at most so many.
    pub fn names(&mut self, id: DescriptionId, most: usize) -> Result<Vec<String>> {
        let mut names = Vec::new();
        self.call(|vfs, _, caller| {
            vfs.read_directory(caller, id, &mut |entry| {
                let takes = names.len() < most;
                if takes {
                    names.push(String::from_utf8_lossy(entry.name).into_owned());
                }
                takes
            })
        })?;
        Ok(names)
    }

    pub fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.vfs.take_event()).collect()
    }

    pub fn inode(&mut self, path: &str) -> InodeId {
        let id = self.open(path, c::O_RDONLY);
        let kind = self.vfs.description(id).kind;
        self.release(id);
        match kind {
            DescriptionKind::Regular(inode) => inode,
            other => panic!("{other:?}"),
        }
    }
}
