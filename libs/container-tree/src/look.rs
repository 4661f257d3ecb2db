// SPDX-License-Identifier: MIT OR Apache-2.0
//! Questions about the tree.
use crate::container::{Life, NOBODY};
use crate::tree::Tree;
use crate::{Amount, ContainerId, Error, Info};

impl Tree {
    /// What can be known about a container, dying ones included.
    ///
    /// # Errors
    /// [`Error::NoSuchContainer`].
    pub fn info<K>(&self, id: ContainerId) -> Result<Info, Error<K>> {
        let container = match self.containers.get(u32::from(id.0)) {
            Some(container) if container.life != Life::Vacant => container,
            _ => return Err(Error::NoSuchContainer),
        };
        Ok(Info {
            name: container.name,
            depth: container.depth,
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
        self.living::<()>(id).is_ok()
    }

    /// How much more can be allocated from a container before a limit is reached.
    fn left(&self, number: u16) -> Amount {
        let mut number = number;
        let mut left = Amount {
            bytes: u64::MAX,
            slots: u32::MAX,
        };
        // What the guarantees on the way up cover without the ancestors noticing.
        let mut covered = Amount::ZERO;
        while number != NOBODY {
            let container = self.container(number);
            let here = container.limit.minus(container.used);
            left = left.min(here.plus(covered));
            covered = covered.plus(container.guaranteed.minus(container.used));
            number = container.parent;
        }
        left
    }

    /// The next container after `id` in the order of a walk through the subtree of `top`: parents before children.
    #[must_use]
    pub fn next_in_walk(&self, top: ContainerId, id: ContainerId) -> Option<ContainerId> {
        let container = self.containers.get(u32::from(id.0))?;
        if container.first_child != NOBODY {
            return Some(ContainerId(container.first_child));
        }
        let mut number = id.0;
        while number != top.0 {
            let container = self.container(number);
            if container.next_sibling != NOBODY {
                return Some(ContainerId(container.next_sibling));
            }
            number = container.parent;
            if number == NOBODY {
                return None;
            }
        }
        None
    }

    /// Whether `id` is `top` or below it.
    #[must_use]
    pub fn is_within(&self, id: ContainerId, top: ContainerId) -> bool {
        let mut number = id.0;
        while number != top.0 {
            match self.containers.get(u32::from(number)) {
                Some(container) if container.parent != NOBODY => number = container.parent,
                _ => return false,
            }
        }
        true
    }
}
