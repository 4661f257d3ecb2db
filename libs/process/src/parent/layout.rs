// SPDX-License-Identifier: MIT OR Apache-2.0
//! How the child's CNode is filled.
use super::{Description, Frames};
use crate::handover::{SlotRange, layout, slot};

/// log2 of the untyped for the child's translation tables (three of 4 KiB), its notification and its endpoint.
pub(super) const UNTYPED_BITS: u8 = 14;

/// Slots that a child has for itself at the least.
const LEAST_FREE: u64 = 64;

/// Which slots of the child's CNode hold what, from [`slot::FIRST_NAMED`] on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots {
    /// The endpoint that it serves.
    pub(super) service: u64,
    /// The given capabilities, in their order.
    pub(super) given: u64,
    /// The image's frames.
    pub(super) image: u64,
    /// The files' frames, in their order.
    pub(super) files: u64,
    /// Frames and tables of the region that the parent maps.
    pub(super) region: u64,
    /// The child's own.
    pub(super) free: SlotRange,
}

impl Slots {
    /// `region` capabilities are of the region. `None` if the CNode has too few slots; then so many are needed.
    pub(super) fn new(description: &Description<'_>, region: u64) -> Result<Self, u64> {
        let service = slot::FIRST_NAMED;
        let given = service + 1;
        let image = given
            + description
                .capabilities
                .iter()
                .map(|each| each.slots.len() as u64)
                .sum::<u64>();
        let files = image + description.image.pages();
        let pages = description.files.iter().map(|(_, file)| file.pages());
        let at = files + pages.sum::<u64>();
        let first = at + region;
        let size = 1 << description.radix.min(63);
        if first + LEAST_FREE > size {
            return Err(first + LEAST_FREE);
        }
        Ok(Self {
            service,
            given,
            image,
            files,
            region: at,
            free: SlotRange {
                first,
                count: size - first,
            },
        })
    }
}

impl Frames {
    /// Pages, which is slots.
    pub(super) const fn pages(&self) -> u64 {
        self.length.div_ceil(layout::PAGE)
    }
}
