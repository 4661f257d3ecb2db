// SPDX-License-Identifier: MIT OR Apache-2.0
//! lseek(2).
use crate::file_io::MAX_SIZE;
use crate::{DescriptionId, DescriptionKind, Device, Vfs};
use unix_abi::linux::general as c;
use unix_abi::{Errno, Result};

impl Vfs {
    /// lseek(2), with `SEEK_DATA` and `SEEK_HOLE`; the new offset. In a directory an offset is a
    /// cookie of getdents64(2).
    ///
    /// # Errors
    /// EBADF for `O_PATH`; ESPIPE for pipes, terminals and the like; EINVAL for negative offsets
    /// and unknown `whence`; ENXIO for data and holes behind the end.
    pub fn seek(&mut self, id: DescriptionId, offset: i64, whence: u32) -> Result<u64> {
        let description = self.descriptor(id);
        let current = description.offset;
        let new = match description.kind {
            DescriptionKind::Path => return Err(Errno::EBADF),
            DescriptionKind::Pipe(_) | DescriptionKind::External(_) => return Err(Errno::ESPIPE),
            DescriptionKind::Device {
                device: Device::NULL | Device::ZERO | Device::FULL,
                ..
            } => 0,
            DescriptionKind::Device {
                device: Device::RANDOM | Device::URANDOM,
                ..
            } => current,
            DescriptionKind::Device { .. } => return Err(Errno::ESPIPE),
            DescriptionKind::Directory | DescriptionKind::Synthetic(_) => match whence {
                c::SEEK_SET => Self::from_base(0, offset)?,
                c::SEEK_CUR => Self::from_base(current, offset)?,
                _ => return Err(Errno::EINVAL),
            },
            DescriptionKind::Regular(inode) => {
                let content = self.content(inode).ok_or(Errno::EINVAL)?;
                let within = u64::try_from(offset)
                    .ok()
                    .filter(|&offset| offset < content.size());
                match whence {
                    c::SEEK_SET => Self::from_base(0, offset)?,
                    c::SEEK_CUR => Self::from_base(current, offset)?,
                    c::SEEK_END => Self::from_base(content.size(), offset)?,
                    c::SEEK_DATA => within
                        .and_then(|from| content.next_data(from))
                        .ok_or(Errno::ENXIO)?,
                    c::SEEK_HOLE => content.next_hole(within.ok_or(Errno::ENXIO)?),
                    _ => return Err(Errno::EINVAL),
                }
            }
        };
        self.descriptor_mut(id).offset = new;
        Ok(new)
    }

    fn from_base(base: u64, offset: i64) -> Result<u64> {
        let sum = base
            .checked_add_signed(offset)
            .filter(|&sum| sum <= MAX_SIZE);
        sum.ok_or(Errno::EINVAL)
    }
}
