// SPDX-License-Identifier: MIT OR Apache-2.0
//! How x86_64 caches a mapping.

use crate::sys;

/// Attributes of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct VmAttributes(sys::seL4_X86_VMAttributes);

impl VmAttributes {
    /// Ordinary memory: cached.
    pub const DEFAULT: Self = Self(sys::seL4_X86_Default_VMAttributes);
    /// Cached, written through.
    pub const WRITE_THROUGH: Self = Self(sys::seL4_X86_WriteThrough);
    /// Not cached, unless the memory type registers say otherwise.
    pub const CACHE_DISABLED: Self = Self(sys::seL4_X86_CacheDisabled);
    /// Not cached.
    pub const UNCACHEABLE: Self = Self(sys::seL4_X86_Uncacheable);
    /// Writes are gathered: for frame buffers.
    pub const WRITE_COMBINING: Self = Self(sys::seL4_X86_WriteCombining);
    /// Device registers.
    pub const DEVICE: Self = Self::UNCACHEABLE;

    /// From the kernel's type.
    #[must_use]
    pub const fn from_inner(inner: sys::seL4_X86_VMAttributes) -> Self {
        Self(inner)
    }

    /// The kernel's type.
    #[must_use]
    pub const fn into_inner(self) -> sys::seL4_X86_VMAttributes {
        self.0
    }

    /// The same; seL4 has no execute-never mappings on x86_64.
    #[must_use]
    pub const fn execute_never(self) -> Self {
        self
    }
}

impl Default for VmAttributes {
    fn default() -> Self {
        Self::DEFAULT
    }
}
