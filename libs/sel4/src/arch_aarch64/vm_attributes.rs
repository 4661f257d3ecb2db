// SPDX-License-Identifier: MIT OR Apache-2.0
//! How aarch64 caches a mapping, and whether it can be executed.

use core::ops::{BitAnd, BitOr, BitOrAssign, Not};

use crate::sys;

/// Attributes of a mapping, a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct VmAttributes(sys::seL4_ARM_VMAttributes);

impl VmAttributes {
    /// None: not cached, executable.
    pub const NONE: Self = Self(0);
    /// Cached.
    pub const PAGE_CACHEABLE: Self = Self(sys::seL4_ARM_PageCacheable);
    /// With parity, where there is such a thing.
    pub const PARITY_ENABLED: Self = Self(sys::seL4_ARM_ParityEnabled);
    /// Not executable.
    pub const EXECUTE_NEVER: Self = Self(sys::seL4_ARM_ExecuteNever);
    /// Ordinary memory: cached, executable.
    pub const DEFAULT: Self = Self(sys::seL4_ARM_Default_VMAttributes);
    /// Device registers: not cached, not executable.
    pub const DEVICE: Self = Self::EXECUTE_NEVER;

    /// From the kernel's type.
    #[must_use]
    pub const fn from_inner(inner: sys::seL4_ARM_VMAttributes) -> Self {
        Self(inner)
    }

    /// The kernel's type.
    #[must_use]
    pub const fn into_inner(self) -> sys::seL4_ARM_VMAttributes {
        self.0
    }

    /// Whether all attributes of `other` are in this set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The same, not executable.
    #[must_use]
    pub const fn execute_never(self) -> Self {
        Self(self.0 | Self::EXECUTE_NEVER.0)
    }
}

impl Default for VmAttributes {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl BitOr for VmAttributes {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for VmAttributes {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for VmAttributes {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for VmAttributes {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}
