// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a container ends without what it has: that passes to its parent, piece by piece, while everybody else goes on.
//!
//! The parent's chunks are around the container's already, so nothing changes in the kernel. First the derived containers
//! become the parent's. Then a chunk falls into its parts, which become chunks in its place, until what is in use
//! is a block of the parent's, under the same handle, and what is free is free there. Between two steps the use of the
//! parent and of all above it is the same; in the end it is less by the container's own record. Nothing of this can fail.
use crate::books::State;
use crate::container::Life;
use crate::tree::Tree;
use crate::{Amount, ContainerId, Kernel, Result};

/// What a step of a dissolution did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// This container is the parent's now; it comes before the one that is dissolved in the order of walks.
    Container(ContainerId),
    /// A piece of memory is, or is in smaller pieces.
    Memory,
}

impl<K: Kernel> Tree<K> {
    /// Begins to dissolve a container. Nothing can be asked of it any more; of those derived from it, everything. What was
    /// set aside for it and not used is the ancestors' again, and its limit does not hold any more.
    ///
    /// # Errors
    /// [`crate::ContainerError::Root`]; [`crate::ContainerError::Gone`], also if it ends already. Then nothing has changed.
    pub fn begin_dissolve(&mut self, id: ContainerId) -> Result {
        self.below_root(id)?;
        self.container_mut(id.0).life = Life::Dissolving;
        self.account(id.0, |info| {
            info.limit = Amount::MAX;
            info.guaranteed = Amount::ZERO;
        });
        Ok(())
    }

    /// Passes something on that a container has which is being dissolved; `None` if there is nothing left, and
    /// [`Tree::end`] may forget it.
    pub fn dissolve(&mut self, id: ContainerId) -> Option<Passed> {
        let record = self.container(id.0);
        let (parent, child, chunk) = (record.parent, record.first_child, record.chunks);
        if child != 0 {
            let charge = self.containers[child].charge();
            self.account(id.0, |info| info.used = info.used.minus(charge));
            self.unlink(child);
            self.link(parent, child, id.0.into());
            self.account(parent, |info| info.used = info.used.plus(charge));
            return Some(Passed::Container(ContainerId(child as u16)));
        }
        if chunk == 0 {
            return None;
        }
        match self.books.block(chunk).state {
            State::Free => self.shrink(id.0),
            _ => self.dissolve_chunk(chunk),
        }
        Some(Passed::Memory)
    }
}
