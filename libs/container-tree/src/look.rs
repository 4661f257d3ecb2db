// SPDX-License-Identifier: MIT OR Apache-2.0
//! Questions about the tree.
use crate::books::State;
use crate::container::{Container, Life};
use crate::tree::Tree;
use crate::{Amount, BlockHandle, ContainerError, ContainerId, Entry, Kernel, Result};

impl<K: Kernel> Tree<K> {
    /// What can be known about a container, dying ones included. Its age is what [`Tree::set_since`] was told.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn info(&self, id: ContainerId) -> Result<Entry> {
        let container = self.containers.get(id.0.into());
        let container = container.filter(|each| each.life != Life::Vacant);
        let mut info = container.ok_or(ContainerError::Gone)?.info;
        info.left = Amount::MAX;
        // What the guarantees on the way up cover without the ancestors noticing.
        let mut covered = Amount::ZERO;
        for (number, each) in self.upwards(id.0) {
            let here = each.info.limit.minus(each.info.used);
            info.left = info.left.min(here.plus(covered));
            covered = covered.plus(each.info.guaranteed.minus(each.info.used));
            info.depth += u8::from(number != ContainerId::ROOT.0);
        }
        Ok(info)
    }

    /// Whether there is such a container, and neither it nor an ancestor is being destroyed.
    #[must_use]
    pub fn lives(&self, id: ContainerId) -> bool {
        self.living(id).is_ok()
    }

    /// The container that a container is derived from; for the root container itself.
    #[must_use]
    pub fn parent(&self, id: ContainerId) -> ContainerId {
        ContainerId(self.container(id.0).parent)
    }

    /// The block at a place of the books, and log2 of its bytes, if it is allocated from that container.
    #[must_use]
    pub fn block_at(&self, id: ContainerId, place: u32) -> Option<(BlockHandle, u8)> {
        let block = self.books.blocks.get(place)?;
        let found = block.state == State::Objects && block.owner == id.0;
        found.then(|| (self.books.handle(place), block.bits))
    }

    /// The last place of the books that there is.
    #[must_use]
    pub fn last_place(&self) -> u32 {
        self.books.blocks.len() - 1
    }

    /// The next container after `id` in the order of a walk through the subtree of `top`: parents before children.
    #[must_use]
    pub fn next_in_walk(&self, top: ContainerId, id: ContainerId) -> Option<ContainerId> {
        let some = |number: u32| (number != 0).then_some(ContainerId(number as u16));
        let beside = |(_, container): (u16, &Container)| {
            let next = container.siblings.next;
            let first = self.container(container.parent).first_child;
            some(if next == first { 0 } else { next })
        };
        let container = self.containers.get(id.0.into())?;
        let upwards = self.upwards(id.0);
        let below_top = upwards.take_while(|(number, _)| *number != top.0);
        some(container.first_child).or_else(|| below_top.filter_map(beside).next())
    }

    /// Whether `id` is `top` or below it.
    #[must_use]
    pub fn is_within(&self, id: ContainerId, top: ContainerId) -> bool {
        self.upwards(id.0).any(|(number, _)| number == top.0)
    }
}
