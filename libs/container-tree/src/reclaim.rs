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
                if self.chunk_to_give(block).is_some() {
                    return Some(block);
                }
            }
            head = free.smallest(first.bits + 1)?;
        }
    }

    /// The chunk around a free block if that can be given back: nothing around it within its chunk is a chunk of a derived
    /// container, which has to stay in one of its parent's, and its chunk backs no guarantee.
    fn chunk_to_give(&self, block: u32) -> Option<u32> {
        let mut number = block;
        while !self.books.block(number).chunk {
            if self.books.block(number ^ 1).chunk {
                return None;
            }
            number = self.books.block(number).whole;
        }
        (!self.books.block(number).pinned).then_some(number)
    }

    /// Gives a free block back, level by level, until it belongs to `container` or an ancestor of it. Whether it came so
    /// far.
    fn raise(&mut self, container: u16, mut block: u32) -> bool {
        #[cfg(test)]
        crate::tests::model::RECLAIMS.set(crate::tests::model::RECLAIMS.get() + 1);
        loop {
            let owner = ContainerId(self.books.block(block).owner);
            if self.is_within(ContainerId(container), owner) {
                return true;
            }
            match self.chunk_to_give(block) {
                None => return false,
                Some(chunk) if chunk == block => block = self.give_back(block),
                // It falls into its parts, until the block is a chunk of its own.
                Some(chunk) => self.dissolve_chunk(chunk),
            }
        }
    }
}
