// SPDX-License-Identifier: MIT OR Apache-2.0
//! Questions about the tree.
use crate::books::State;
use crate::container::{Life, NOBODY};
use crate::tree::Tree;
use crate::{Amount, BlockHandle, ContainerError, ContainerId, Info, Result};

impl Tree {
    /// What can be known about a container, dying ones included.
    ///
    /// # Errors
    /// [`ContainerError::Gone`].
    pub fn info(&self, id: ContainerId) -> Result<Info> {
        let container = match self.containers.get(u32::from(id.0)) {
            Some(container) if container.life != Life::Vacant => container,
            _ => return Err(ContainerError::Gone),
        };
        Ok(Info {
            name: container.name,
            depth: self.upwards(id.0).count() as u8 - 1,
            limit: container.limit,
            guaranteed: container.guaranteed,
            used: container.used,
            own: container.own,
            left: self.left(id.0),
            held: container.held,
            children: container.children,
            processes: container.processes,
            since: container.since,
        })
    }

    /// Whether there is such a container, and neither it nor an ancestor is being destroyed.
    #[must_use]
    pub fn lives(&self, id: ContainerId) -> bool {
        self.living(id).is_ok()
    }

    /// The container that a container is derived from; for the root container itself.
    #[must_use]
    pub fn parent(&self, id: ContainerId) -> ContainerId {
        self.upwards(id.0)
            .nth(1)
            .map_or(ContainerId::ROOT, ContainerId)
    }

    /// The block at a place of the books, and log2 of its bytes, if it is allocated from that container.
    #[must_use]
    pub fn block_at(&self, id: ContainerId, place: u32) -> Option<(BlockHandle, u8)> {
        let block = self.books.at(place)?;
        let found = block.state == State::Objects && block.owner == id.0;
        found.then(|| (self.books.handle(place), block.bits))
    }

    /// The last place of the books that there is.
    #[must_use]
    pub fn last_place(&self) -> u32 {
        self.books.last_place()
    }

    /// How much more can be allocated from a container before a limit is reached.
    fn left(&self, number: u16) -> Amount {
        let mut left = Amount::MAX;
        // What the guarantees on the way up cover without the ancestors noticing.
        let mut covered = Amount::ZERO;
        for number in self.upwards(number) {
            let container = self.container(number);
            let here = container.limit.minus(container.used);
            left = left.min(here.plus(covered));
            covered = covered.plus(container.guaranteed.minus(container.used));
        }
        left
    }

    /// The next container after `id` in the order of a walk through the subtree of `top`: parents before children.
    #[must_use]
    pub fn next_in_walk(&self, top: ContainerId, id: ContainerId) -> Option<ContainerId> {
        let some = |number| (number != NOBODY).then_some(ContainerId(number));
        let container = self.containers.get(u32::from(id.0))?;
        let beside = |number| some(self.container(number).next_sibling);
        let below_top = self.upwards(id.0).take_while(|number| *number != top.0);
        some(container.first_child).or_else(|| below_top.filter_map(beside).next())
    }

    /// Whether `id` is `top` or below it.
    #[must_use]
    pub fn is_within(&self, id: ContainerId, top: ContainerId) -> bool {
        self.upwards(id.0).any(|number| number == top.0)
    }
}
