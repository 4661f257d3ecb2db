// SPDX-License-Identifier: MIT OR Apache-2.0
//! What lies idle in somebody's chunks is found when somebody else needs it.
//!
//! A chunk need not stay one: its parts have capabilities of their own. To give a free part back, the chunk becomes
//! a split block of the parent container, the parts that are in use become chunks in its place, and the free one is
//! the parent's. That changes books only; the kernel's derivation tree is as it was and still mirrors the containers.
use crate::tree::Tree;
use crate::{ContainerId, Kernel};

impl<K: Kernel> Tree<K> {
    /// Has some other container give back a free block of at least 2^`bits` bytes to `container` or an ancestor of it.
    /// Whether one did. Takes time in the number of containers.
    pub(crate) fn reclaim(&mut self, container: u16, bits: u8) -> bool {
        (0..self.containers.len() as u16).any(|number| {
            let idle = self.idle(number, bits);
            idle.is_some_and(|block| self.raise(container, block))
        })
    }

    /// The smallest free block of a living container that is large enough and can be given back.
    fn idle(&self, container: u16, bits: u8) -> Option<u32> {
        let free = &self.container(container).free;
        let mut head = free.smallest(bits)?;
        self.living(ContainerId(container)).ok()?;
        loop {
            let first = self.books.block(head);
            // The first and the last of a list stand for all of it: so that the search does not take long.
            for block in [head, first.links.previous] {
                if self.can_go(block) {
                    return Some(block);
                }
            }
            head = free.smallest(first.bits + 1)?;
        }
    }

    /// Whether a free block can be given back: nothing around it within its chunk is a chunk of a derived container, which
    /// has to stay in one of its parent's, and its chunk backs no guarantee.
    fn can_go(&self, block: u32) -> bool {
        let mut number = block;
        while !self.books.block(number).chunk {
            if self.books.block(number ^ 1).chunk {
                return false;
            }
            number = self.books.block(number).whole;
        }
        !self.books.block(number).pinned
    }

    /// Gives a free block back, level by level, until it belongs to `container` or an ancestor of it. Whether it came so
    /// far.
    fn raise(&mut self, container: u16, mut block: u32) -> bool {
        #[cfg(test)]
        crate::tests::model::RECLAIMS.set(crate::tests::model::RECLAIMS.get() + 1);
        while !self.is_within(
            ContainerId(container),
            ContainerId(self.books.block(block).owner),
        ) {
            if !self.can_go(block) {
                return false;
            }
            // Its chunk falls into its parts, until the block is a chunk of its own.
            while !self.books.block(block).chunk {
                let mut chunk = self.books.block(block).whole;
                while !self.books.block(chunk).chunk {
                    chunk = self.books.block(chunk).whole;
                }
                self.dissolve_chunk(chunk);
            }
            block = self.give_back(block);
        }
        true
    }
}
