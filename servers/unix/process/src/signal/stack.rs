// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alternate signal stack, sigaltstack(2).
use unix_abi::{Errno, linux::general as linux};

/// `stack_t`: where handlers with `SA_ONSTACK` run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AltStack {
    /// `ss_sp`: lowest address.
    pub base: u64,
    /// `ss_flags` as set: `SS_DISABLE`, 0 or `SS_ONSTACK`, with `SS_AUTODISARM`.
    pub flags: u32,
    /// `ss_size` in bytes.
    pub size: u64,
}

impl Default for AltStack {
    fn default() -> Self {
        Self::DISABLED
    }
}

impl AltStack {
    /// No alternate stack.
    pub const DISABLED: AltStack = AltStack {
        base: 0,
        flags: linux::SS_DISABLE,
        size: 0,
    };

    /// `sizeof(stack_t)`: pointer, int, padding, size.
    pub const SIZE: usize = 24;

    /// Reads the kernel's layout.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> AltStack {
        let long = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        AltStack {
            base: long(0),
            flags: long(8) as u32,
            size: long(16),
        }
    }

    /// The kernel's layout.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut out = [0; Self::SIZE];
        out[..8].copy_from_slice(&self.base.to_le_bytes());
        out[8..12].copy_from_slice(&self.flags.to_le_bytes());
        out[16..].copy_from_slice(&self.size.to_le_bytes());
        out
    }

    /// Whether a thread with this stack pointer runs on the alternate stack now. With
    /// `SS_AUTODISARM` the question does not arise.
    pub fn holds(&self, stack_pointer: u64) -> bool {
        self.flags & linux::SS_AUTODISARM == 0
            && stack_pointer > self.base
            && stack_pointer - self.base <= self.size
    }

    /// What sigaltstack(2) and a signal frame's `uc_stack` report for a thread with this stack
    /// pointer: `SS_DISABLE`, `SS_ONSTACK` or 0, and `SS_AUTODISARM` if it was asked for.
    pub fn reported(&self, stack_pointer: u64) -> AltStack {
        let state = if self.size == 0 {
            linux::SS_DISABLE
        } else if self.holds(stack_pointer) {
            linux::SS_ONSTACK
        } else {
            0
        };
        AltStack {
            flags: state | (self.flags & linux::SS_AUTODISARM),
            ..*self
        }
    }

    /// Checks what a program asks for: `EPERM` while running on the old one, `EINVAL` for unknown
    /// flags, `ENOMEM` when it is smaller than `MINSIGSTKSZ`.
    pub(crate) fn replaced_by(&self, new: AltStack, stack_pointer: u64) -> Result<AltStack, Errno> {
        if self.holds(stack_pointer) {
            return Err(Errno::EPERM);
        }
        match new.flags & !linux::SS_AUTODISARM {
            linux::SS_DISABLE => Ok(AltStack {
                base: 0,
                size: 0,
                flags: new.flags,
            }),
            linux::SS_ONSTACK | 0 if new.size < u64::from(linux::MINSIGSTKSZ) => Err(Errno::ENOMEM),
            linux::SS_ONSTACK | 0 => Ok(new),
            _ => Err(Errno::EINVAL),
        }
    }
}
