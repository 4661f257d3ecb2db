// SPDX-License-Identifier: MIT OR Apache-2.0
//! read(2) and write(2), whatever the description stands for.
use crate::file_io::MAX_SIZE;
use crate::transfer::{Chunk, Position, Sink, Source, Transfer};
use crate::{Caller, DescriptionId, DescriptionKind, Device, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};
use unix_pages::{PAGE_SIZE, PageStore};

/// The most that one call moves (read(2), "NOTES").
const MAX_LENGTH: usize = 0x7fff_f000;

impl Vfs {
    /// read(2), pread(2). Bytes go to the sink, a page or less at a time.
    ///
    /// # Errors
    /// EBADF if it is not open for reading; EISDIR; ESPIPE for a position in a pipe; EINVAL for a
    /// position beyond the greatest; EAGAIN; EFAULT.
    pub fn read<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        id: DescriptionId,
        position: Position,
        length: usize,
        sink: &mut impl Sink<S>,
    ) -> Result<Transfer> {
        let description = self.descriptor(id);
        let in_pipe = matches!(description.kind, DescriptionKind::Pipe(_));
        if in_pipe && position != Position::Current {
            return Err(Errno::ESPIPE);
        }
        if !description.readable {
            return Err(Errno::EBADF);
        }
        let offset = match position {
            Position::Current => description.offset,
            Position::At(offset) if offset > MAX_SIZE => return Err(Errno::EINVAL),
            Position::At(offset) => offset,
        };
        if !in_pipe && length as u64 > MAX_SIZE - offset.min(MAX_SIZE) {
            return Err(Errno::EINVAL);
        }
        let length = length.min(MAX_LENGTH);
        let done = match description.kind {
            DescriptionKind::Regular(inode) => {
                let quiet = description.flags & c::O_NOATIME != 0;
                let done = self.read_file(store, inode, offset, length, sink)?;
                if !quiet {
                    self.inode_mut(inode).touch_accessed(caller.now);
                }
                done
            }
            DescriptionKind::Pipe(inode) => {
                let non_blocking = description.non_blocking();
                return self.read_pipe(store, caller, inode, non_blocking, length, sink);
            }
            DescriptionKind::Directory => return Err(Errno::EISDIR),
            DescriptionKind::Device {
                device: Device::NULL,
                block: false,
            } => 0,
            DescriptionKind::Device {
                device: Device::ZERO | Device::FULL,
                block: false,
            } => Self::read_zeros(store, length, sink)?,
            DescriptionKind::Device { device, .. } => return Ok(Transfer::Device(device)),
            DescriptionKind::Synthetic(node) => {
                let stale = offset == 0 && !description.snapshot_is_fresh;
                let Some(snapshot) = description.snapshot.clone().filter(|_| !stale) else {
                    return Ok(Transfer::Synthetic(node));
                };
                self.descriptor_mut(id).snapshot_is_fresh = false;
                let from = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(snapshot.len());
                let end = from.saturating_add(length).min(snapshot.len());
                Self::put_bytes(store, &snapshot[from..end], sink)?
            }
            DescriptionKind::External(tag) => return Ok(Transfer::External(tag)),
            DescriptionKind::Path => return Err(Errno::EBADF),
        };
        if position == Position::Current {
            self.descriptor_mut(id).offset = offset + done as u64;
        }
        Ok(Transfer::Done(done))
    }

    fn read_zeros<S: PageStore + ?Sized>(
        store: &mut S,
        length: usize,
        sink: &mut impl Sink<S>,
    ) -> Result<usize> {
        let mut done = 0;
        while done < length {
            let piece = (length - done).min(PAGE_SIZE);
            let taken = sink.put(store, Chunk::Zeros(piece)).min(piece);
            done += taken;
            if taken < piece {
                return if done == 0 {
                    Err(Errno::EFAULT)
                } else {
                    Ok(done)
                };
            }
        }
        Ok(done)
    }

    fn put_bytes<S: PageStore + ?Sized>(
        store: &mut S,
        bytes: &[u8],
        sink: &mut impl Sink<S>,
    ) -> Result<usize> {
        let mut done = 0;
        for piece in bytes.chunks(PAGE_SIZE) {
            let taken = sink.put(store, Chunk::Bytes(piece)).min(piece.len());
            done += taken;
            if taken < piece.len() {
                return if done == 0 {
                    Err(Errno::EFAULT)
                } else {
                    Ok(done)
                };
            }
        }
        Ok(done)
    }

    /// write(2), pwrite(2). Bytes come from the source, a page or less at a time. With `O_APPEND`
    /// they go to the end of the file, whatever the position.
    ///
    /// # Errors
    /// EBADF if it is not open for writing; ESPIPE for a position in a pipe; EINVAL for a position
    /// beyond the greatest; EFBIG (the world sends SIGXFSZ if the caller's limit was met); EPIPE
    /// (the world sends SIGPIPE); ENOSPC; ENOMEM; EAGAIN; EFAULT.
    pub fn write<S: PageStore + ?Sized>(
        &mut self,
        store: &mut S,
        caller: &Caller<'_>,
        id: DescriptionId,
        position: Position,
        length: usize,
        source: &mut impl Source<S>,
    ) -> Result<Transfer> {
        let description = self.descriptor(id);
        let in_pipe = matches!(description.kind, DescriptionKind::Pipe(_));
        if in_pipe && position != Position::Current {
            return Err(Errno::ESPIPE);
        }
        if !description.writable {
            return Err(Errno::EBADF);
        }
        let mut offset = match position {
            Position::Current => description.offset,
            Position::At(offset) if offset > MAX_SIZE => return Err(Errno::EINVAL),
            Position::At(offset) => offset,
        };
        if !in_pipe && length as u64 > MAX_SIZE - offset.min(MAX_SIZE) {
            return Err(Errno::EINVAL);
        }
        let length = length.min(MAX_LENGTH);
        let done = match description.kind {
            DescriptionKind::Regular(inode) => {
                // A write of nothing leaves the position where it is.
                if description.flags & c::O_APPEND != 0 && length > 0 {
                    offset = self.inode(inode).size();
                }
                self.write_file(store, caller, inode, offset, length, source)?
            }
            DescriptionKind::Pipe(inode) => {
                let non_blocking = description.non_blocking();
                return self.write_pipe(store, caller, inode, non_blocking, length, source);
            }
            DescriptionKind::Directory => return Err(Errno::EBADF),
            DescriptionKind::Device {
                device: Device::NULL | Device::ZERO,
                block: false,
            } => {
                return Ok(Transfer::Done(length));
            }
            DescriptionKind::Device {
                device: Device::FULL,
                block: false,
            } => {
                return if length == 0 {
                    Ok(Transfer::Done(0))
                } else {
                    Err(Errno::ENOSPC)
                };
            }
            DescriptionKind::Device { device, .. } => return Ok(Transfer::Device(device)),
            DescriptionKind::Synthetic(node) => return Ok(Transfer::Synthetic(node)),
            DescriptionKind::External(tag) => return Ok(Transfer::External(tag)),
            DescriptionKind::Path => return Err(Errno::EBADF),
        };
        if position == Position::Current {
            self.descriptor_mut(id).offset = offset + done as u64;
        }
        Ok(Transfer::Done(done))
    }
}

impl Device {
    /// Whether reads and writes of this character device need nobody else.
    pub(crate) const fn is_served_here(self) -> bool {
        matches!(self, Self::NULL | Self::ZERO | Self::FULL)
    }
}
