// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stat(2) tells of a file, independent of the architecture's structure.
use unix_abi::linux::general as c;

/// A time since the epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Timestamp {
    /// Whole seconds, negative before 1970.
    pub seconds: i64,
    /// Nanoseconds, below 1 000 000 000.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// From nanoseconds since the epoch.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self {
            seconds: nanoseconds.div_euclid(1_000_000_000),
            nanoseconds: nanoseconds.rem_euclid(1_000_000_000) as u32,
        }
    }
}

/// The kind of a file (the `S_IFMT` bits of its mode).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileType {
    /// `S_IFREG`
    Regular,
    /// `S_IFDIR`
    Directory,
    /// `S_IFLNK`
    Symlink,
    /// `S_IFCHR`
    CharacterDevice,
    /// `S_IFBLK`
    BlockDevice,
    /// `S_IFIFO`: a FIFO or a pipe
    Fifo,
    /// `S_IFSOCK`
    Socket,
}

impl FileType {
    /// The type that a mode carries, if it carries one.
    pub const fn from_mode(mode: u32) -> Option<Self> {
        Some(match mode & c::S_IFMT {
            c::S_IFREG => Self::Regular,
            c::S_IFDIR => Self::Directory,
            c::S_IFLNK => Self::Symlink,
            c::S_IFCHR => Self::CharacterDevice,
            c::S_IFBLK => Self::BlockDevice,
            c::S_IFIFO => Self::Fifo,
            c::S_IFSOCK => Self::Socket,
            _ => return None,
        })
    }

    /// The `S_IFMT` bits.
    pub const fn mode_bits(self) -> u32 {
        match self {
            Self::Regular => c::S_IFREG,
            Self::Directory => c::S_IFDIR,
            Self::Symlink => c::S_IFLNK,
            Self::CharacterDevice => c::S_IFCHR,
            Self::BlockDevice => c::S_IFBLK,
            Self::Fifo => c::S_IFIFO,
            Self::Socket => c::S_IFSOCK,
        }
    }

    /// The `DT_` number of getdents64(2).
    pub const fn directory_entry_type(self) -> u8 {
        (self.mode_bits() >> 12) as u8
    }
}

/// A device number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Device {
    /// The driver.
    pub major: u32,
    /// The device of the driver.
    pub minor: u32,
}

impl Device {
    /// `/dev/null`
    pub const NULL: Self = Self { major: 1, minor: 3 };
    /// `/dev/zero`
    pub const ZERO: Self = Self { major: 1, minor: 5 };
    /// `/dev/full`
    pub const FULL: Self = Self { major: 1, minor: 7 };
    /// `/dev/random`
    pub const RANDOM: Self = Self { major: 1, minor: 8 };
    /// `/dev/urandom`
    pub const URANDOM: Self = Self { major: 1, minor: 9 };
    /// `/dev/tty`: the controlling terminal of whoever opens it
    pub const TTY: Self = Self { major: 5, minor: 0 };
    /// `/dev/console`
    pub const CONSOLE: Self = Self { major: 5, minor: 1 };

    /// As in `st_dev`, `st_rdev` and mknod(2)'s argument (makedev(3)).
    pub const fn encode(self) -> u64 {
        let (major, minor) = (self.major as u64, self.minor as u64);
        (minor & 0xff) | (major & 0xfff) << 8 | (minor & !0xff) << 12 | (major & !0xfff) << 32
    }

    /// The reverse of [`Device::encode`].
    pub const fn decode(number: u64) -> Self {
        Self {
            major: (number >> 8 & 0xfff) as u32 | (number >> 32) as u32 & !0xfff,
            minor: (number & 0xff) as u32 | (number >> 12) as u32 & !0xff,
        }
    }
}

/// What stat(2) and statx(2) tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stat {
    /// The device that holds the file; minor is the mount ([`crate::MountId`]).
    pub device: Device,
    /// The inode number, never used twice in one world.
    pub ino: u64,
    /// Type and permission bits.
    pub mode: u32,
    /// Hard links.
    pub links: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// For a device node: the device.
    pub special: Device,
    /// Bytes.
    pub size: u64,
    /// Memory in use for the contents, in units of 512 bytes.
    pub blocks: u64,
    /// Last read.
    pub accessed: Timestamp,
    /// Last change of the contents.
    pub modified: Timestamp,
    /// Last change of contents or attributes.
    pub changed: Timestamp,
    /// Made.
    pub born: Timestamp,
}

impl Stat {
    /// `st_blksize`: the best unit for reading and writing.
    pub const BLOCK_SIZE: u32 = unix_pages::PAGE_SIZE as u32;

    /// The type that the mode carries.
    pub fn file_type(&self) -> FileType {
        FileType::from_mode(self.mode).unwrap_or(FileType::Regular)
    }
}
