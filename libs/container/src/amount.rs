// SPDX-License-Identifier: MIT OR Apache-2.0
//! The two currencies.
use croft_ipc::data;

/// An amount of both currencies.
#[data]
#[derive(Copy, Default)]
pub struct Amount {
    /// Bytes of untyped memory.
    pub bytes: u64,
    /// Capability slots of the root task, with their records.
    pub slots: u32,
}

/// Which of the two.
#[data]
#[derive(Copy)]
pub enum Currency {
    /// [`Amount::bytes`].
    Bytes,
    /// [`Amount::slots`].
    Slots,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { bytes: 0, slots: 0 };

    /// More than there can be: as a limit, no limit but the ancestors'.
    pub const MAX: Self = Self {
        bytes: u64::MAX,
        slots: u32::MAX,
    };

    /// Only bytes.
    #[must_use]
    pub const fn bytes(bytes: u64) -> Self {
        Self { bytes, slots: 0 }
    }

    /// Only slots.
    #[must_use]
    pub const fn slots(slots: u32) -> Self {
        Self { bytes: 0, slots }
    }

    /// Sum; stops at the largest number instead of wrapping.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            slots: self.slots.saturating_add(other.slots),
        }
    }

    /// Difference; stops at 0.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(other.bytes),
            slots: self.slots.saturating_sub(other.slots),
        }
    }

    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.max(other.bytes),
            slots: self.slots.max(other.slots),
        }
    }

    /// The smaller of each.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.min(other.bytes),
            slots: self.slots.min(other.slots),
        }
    }

    /// The first currency of which `self` has more than `limit`.
    #[must_use]
    pub const fn exceeds(self, limit: Self) -> Option<Currency> {
        if self.bytes > limit.bytes {
            Some(Currency::Bytes)
        } else if self.slots > limit.slots {
            Some(Currency::Slots)
        } else {
            None
        }
    }

    /// The amount of one currency.
    #[must_use]
    pub const fn of(self, currency: Currency) -> u64 {
        match currency {
            Currency::Bytes => self.bytes,
            Currency::Slots => self.slots as u64,
        }
    }
}
