// SPDX-License-Identifier: MIT OR Apache-2.0
//! What lies idle in somebody's chunks is found when somebody else needs it.
//!
//! A chunk need not stay one: its parts have capabilities of their own. To give a free part back, the chunk becomes
//! a split block of the parent container, the parts that are in use become chunks in its place, and the free one is
//! the parent's. That changes books only; the kernel's derivation tree is as it was and still mirrors the containers.
use crate::books::State;
use crate::container::Life;
use crate::free::SPLIT;
use crate::tree::Tree;
use crate::{Amount, ContainerId, MIN_BITS};

impl Tree {
    /// Has some other container give back a free block of at least 2^`bits` bytes to `container` or an ancestor of it.
    /// Whether one did. Takes time in the number of containers.
    pub(crate) fn reclaim(&mut self, container: u16, bits: u8) -> bool {
        for number in 0..self.containers.len() as u16 {
            if self.is_within(ContainerId(container), ContainerId(number)) {
                continue;
            }
            let record = self.container(number);
            if record.life == Life::Vacant || record.free_classes >> (bits - MIN_BITS) == 0 {
                continue;
            }
            if self.living(ContainerId(number)).is_ok()
                && let Some(block) = self.idle(number, bits)
                && self.raise(container, block)
            {
                return true;
            }
        }
        false
    }

    /// The smallest free block of a container that is large enough and can be given back.
    fn idle(&self, container: u16, bits: u8) -> Option<u32> {
        let record = self.container(container);
        let wanted = bits - MIN_BITS;
        let mut classes = record.free_classes >> wanted << wanted;
        while classes != 0 {
            let head = record.free[classes.trailing_zeros() as usize];
            classes &= classes - 1;
            // The first and the last of a list stand for all of it: so that the search does not take long.
            for block in [head, self.books.block(head).previous] {
                if self.can_go(block) {
                    return Some(block);
                }
            }
        }
        None
    }

    /// Whether a free block can be given back: nothing around it within its chunk is a chunk of a derived container, which
    /// has to stay in one of its parent's, and its chunk backs no guarantee.
    fn can_go(&self, block: u32) -> bool {
        let mut number = block;
        while !self.books.block(number).chunk {
            if !self.books.single(number / 2) && self.books.block(number ^ 1).chunk {
                return false;
            }
            number = self.books.whole(number);
        }
        !self.books.block(number).pinned
    }

    /// Gives a free block back, level by level, until it belongs to `container` or an ancestor of it. Whether it came so
    /// far.
    fn raise(&mut self, container: u16, mut block: u32) -> bool {
        #[cfg(test)]
        {
            self.reclaims += 1;
        }
        loop {
            let owner = self.books.block(block).owner;
            if self.is_within(ContainerId(container), ContainerId(owner)) {
                return true;
            }
            if self.books.block(block).state != State::Free || !self.can_go(block) {
                return false;
            }
            block = self.give_back(owner, block);
        }
    }

    /// Gives a free block of `owner` to its parent; the block that it is part of there.
    fn give_back(&mut self, owner: u16, block: u32) -> u32 {
        let mut chunk = block;
        while !self.books.block(chunk).chunk {
            chunk = self.books.whole(chunk);
        }
        // The root container's chunks are pinned: this one was taken out of another's.
        let parent = self.around(chunk);
        self.remove_free(owner, block);
        let (mut number, mut splits) = (block, 0);
        while !self.books.block(number).chunk {
            if !self.books.single(number / 2) {
                self.attach_chunk(owner, number ^ 1, false);
            }
            number = self.books.whole(number);
            splits += 1;
            if !self.books.block(number).chunk {
                self.books.block_mut(number).owner = parent;
            }
        }
        self.detach_chunk(owner, number);
        self.books.block_mut(number).owner = parent;
        // The splits are the parent's now; what it and its descendants use together is the same.
        self.pass(owner, parent, Amount::slots(splits * SPLIT.slots));
        let block = self.merge(parent, block);
        self.insert_free(parent, block);
        block
    }
}
