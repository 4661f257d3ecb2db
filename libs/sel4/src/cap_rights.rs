// SPDX-License-Identifier: MIT OR Apache-2.0
//! What may be done with a capability.

use crate::{Word, sys};

/// Access rights of a capability.
///
/// On an endpoint: write to send, read to receive, grant to send capabilities along and to be
/// replied to. On a frame: read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct CapRights(sys::seL4_CapRights);

impl CapRights {
    /// No rights.
    pub const NONE: Self = CapRightsBuilder::none().build();
    /// Read only.
    pub const READ_ONLY: Self = CapRightsBuilder::none().read(true).build();
    /// Write only.
    pub const WRITE_ONLY: Self = CapRightsBuilder::none().write(true).build();
    /// Read and write.
    pub const READ_WRITE: Self = CapRightsBuilder::none().read(true).write(true).build();
    /// Write and grant: what a client needs on an endpoint that it calls, and a program on its fault
    /// endpoint.
    pub const WRITE_GRANT: Self = CapRightsBuilder::none().write(true).grant(true).build();
    /// All rights.
    pub const ALL: Self = CapRightsBuilder::all().build();

    /// No rights.
    #[must_use]
    pub const fn none() -> Self {
        Self::NONE
    }

    /// All rights.
    #[must_use]
    pub const fn all() -> Self {
        Self::ALL
    }

    /// Read only.
    #[must_use]
    pub const fn read_only() -> Self {
        Self::READ_ONLY
    }

    /// Write only.
    #[must_use]
    pub const fn write_only() -> Self {
        Self::WRITE_ONLY
    }

    /// Read and write.
    #[must_use]
    pub const fn read_write() -> Self {
        Self::READ_WRITE
    }

    /// From the kernel's type.
    #[must_use]
    pub const fn from_inner(inner: sys::seL4_CapRights) -> Self {
        Self(inner)
    }

    /// The kernel's type.
    #[must_use]
    #[inline(always)]
    pub const fn into_inner(self) -> sys::seL4_CapRights {
        self.0
    }
}

impl From<CapRightsBuilder> for CapRights {
    fn from(builder: CapRightsBuilder) -> Self {
        builder.build()
    }
}

/// Builds [`CapRights`] one by one.
#[derive(Clone, Copy, Debug)]
pub struct CapRightsBuilder {
    read: bool,
    write: bool,
    grant: bool,
}

impl CapRightsBuilder {
    /// Starts with no rights.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            read: false,
            write: false,
            grant: false,
        }
    }

    /// Starts with all rights.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            read: true,
            write: true,
            grant: true,
        }
    }

    /// The finished rights.
    #[must_use]
    pub const fn build(self) -> CapRights {
        CapRights(sys::seL4_CapRights::new(
            self.grant as Word,
            self.read as Word,
            self.write as Word,
        ))
    }

    /// Sets or removes read.
    #[must_use]
    pub const fn read(mut self, can: bool) -> Self {
        self.read = can;
        self
    }

    /// Sets or removes write.
    #[must_use]
    pub const fn write(mut self, can: bool) -> Self {
        self.write = can;
        self
    }

    /// Sets or removes grant.
    #[must_use]
    pub const fn grant(mut self, can: bool) -> Self {
        self.grant = can;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_right_has_its_bit() {
        let read = CapRights::READ_ONLY.into_inner();
        let write = CapRights::WRITE_ONLY.into_inner();
        let client = CapRights::WRITE_GRANT.into_inner();
        assert_eq!((read.get_capAllowRead(), read.get_capAllowWrite()), (1, 0));
        assert_eq!(
            (write.get_capAllowRead(), write.get_capAllowWrite()),
            (0, 1)
        );
        assert_eq!(
            (client.get_capAllowGrant(), client.get_capAllowRead()),
            (1, 0)
        );
        assert_eq!(
            CapRights::all(),
            CapRightsBuilder::none()
                .read(true)
                .write(true)
                .grant(true)
                .into()
        );
    }
}
