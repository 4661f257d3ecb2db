// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the logic asks of the kernel.
use crate::Result;

/// A slot of the root task's CNode.
pub type Slot = u32;

/// The kernel operations on untyped capabilities in the root task's slots. An operation that fails must have done nothing.
pub trait Kernel {
    /// Retypes the untyped in slot `parent` into `count` (1 or 2) untypeds of 2^`size_bits` bytes in the empty slots
    /// `first` … `first + count - 1`. The parent has no children.
    ///
    /// # Errors
    /// The kernel's.
    fn split(&mut self, parent: Slot, size_bits: u8, first: Slot, count: u8) -> Result;

    /// Destroys everything that was retyped out of the untyped in `slot`, recursively; the capabilities of untypeds
    /// that were split off it are gone from the root task's slots as well.
    ///
    /// # Errors
    /// The kernel's.
    fn revoke(&mut self, slot: Slot) -> Result;
}
