// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much of the server's own memory files may take.

/// Upper bounds. File contents and pipes' contents are not counted here: they are pages of the
/// world's store. What is counted here lives in the server's heap. The tables grow by doubling, so
/// that while one grows the heap holds up to three times what is counted of it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Inodes; beyond: ENOSPC.
    pub inodes: u32,
    /// Open file descriptions; beyond: ENFILE.
    pub descriptions: u32,
    /// Pipes and FIFOs that are open; beyond: ENFILE.
    pub pipes: u32,
    /// Record locks and flock(2) locks; beyond: ENOLCK.
    pub locks: u32,
    /// Bytes of heap for names, inodes, page maps, symbolic links, snapshots and all else that is
    /// counted above; beyond: ENOSPC, ENFILE or ENOMEM, as each call has it.
    pub metadata_bytes: usize,
}

impl Limits {
    /// No bounds at all.
    pub const UNBOUNDED: Self = Self {
        inodes: u32::MAX,
        descriptions: u32::MAX,
        pipes: u32::MAX,
        locks: u32::MAX,
        metadata_bytes: usize::MAX,
    };
}

impl Default for Limits {
    /// For a small world: 64 Ki inodes in at most 16 MiB.
    fn default() -> Self {
        Self {
            inodes: 65536,
            descriptions: 16384,
            pipes: 4096,
            locks: 4096,
            metadata_bytes: 16 << 20,
        }
    }
}

/// What is in use of each of the [`Limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Inodes, unnamed ones included.
    pub inodes: u32,
    /// Open file descriptions.
    pub descriptions: u32,
    /// Open pipes and FIFOs.
    pub pipes: u32,
    /// Record locks and flock(2) locks.
    pub locks: u32,
    /// Bytes of heap.
    pub metadata_bytes: usize,
    /// Pages of the store that hold contents of files and pipes.
    pub pages: usize,
}
