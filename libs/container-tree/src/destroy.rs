// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a container ends: from its deepest descendants up, in parts between which others are served.
//!
//! Whoever destroys asks for the next part ([`Tree::next_revoke`] of [`Tree::leaf`]), has the kernel revoke it, and says
//! so ([`Tree::revoked`]); when there is none left, [`Tree::end`] forgets the container. Nothing else can change below
//! a container that is being destroyed, so the parts may take their time.
use crate::books::State;
use crate::container::{Container, Life};
use crate::free::Rising;
use crate::tree::Tree;
use crate::{Amount, ContainerId, Kernel, Result, Slot};

/// log2 of the bytes that are revoked in one piece although there are several blocks in them. A larger chunk's blocks are
/// revoked one by one first, so that no revoke takes long. The last one is always the chunk's own, which
/// takes everything even if the books were wrong.
const PIECE_BITS: u8 = 16;

/// A part of a destruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoke {
    number: u32,
    /// What the kernel has to revoke.
    pub slot: Slot,
    /// Whether no memory is left to the container afterwards.
    pub last: bool,
}

impl<K: Kernel> Tree<K> {
    /// Begins to destroy a container and all that were derived from it: from now on nothing can be asked of them.
    ///
    /// # Errors
    /// [`crate::ContainerError::Root`]; [`crate::ContainerError::Gone`], also if that has begun already.
    pub fn begin_destroy(&mut self, id: ContainerId) -> Result {
        self.below_root(id)?;
        self.container_mut(id.0).life = Life::Dying;
        Ok(())
    }

    /// The container that has to end first if `top` is to end: one without children.
    #[must_use]
    pub fn leaf(&self, top: ContainerId) -> ContainerId {
        let mut leaf = top.0;
        while self.container(leaf).first_child != 0 {
            leaf = self.container(leaf).first_child as u16;
        }
        ContainerId(leaf)
    }

    /// What has to be revoked next of a dying container without children; `None` if it has no memory any more.
    #[must_use]
    pub fn next_revoke(&self, leaf: ContainerId) -> Option<Revoke> {
        let chunk = self.container(leaf.0).chunks;
        if chunk == 0 {
            return None;
        }
        let mut number = chunk;
        let mut block = self.books.block(chunk);
        while block.state == State::Split && block.bits > PIECE_BITS {
            // None of its parts is a derived container's, so one is in use at least.
            let first_is_free = self.books.block(block.parts).state == State::Free;
            number = block.parts + u32::from(first_is_free);
            block = self.books.block(number);
        }
        Some(Revoke {
            number,
            slot: block.slot,
            last: number == chunk && block.chunk_links.next == chunk,
        })
    }

    /// The kernel has revoked what [`Tree::next_revoke`] told. What of it is the parent's again may rise further
    /// ([`Tree::rise`], until it tells nothing more).
    pub fn revoked(&mut self, leaf: ContainerId, revoke: Revoke) -> Option<Rising> {
        let number = revoke.number;
        self.forget_parts(number);
        let block = self.books.block_mut(number);
        block.pinned = false;
        if block.state != State::Free {
            self.free(leaf.0, number, Amount::ZERO);
        }
        // A chunk; what else is free waits for its chunk's own revoke.
        self.rising(number)
    }

    /// Forgets a dying container that has neither children nor memory.
    pub fn end(&mut self, leaf: ContainerId) {
        self.account(leaf.0, |info| {
            info.used = Amount::ZERO;
            info.guaranteed = Amount::ZERO;
        });
        let number = leaf.0.into();
        self.unlink(number);
        self.containers[number].life = Life::Vacant;
        self.containers
            .link(Container::siblings, self.vacant, number);
        self.vacant = number;
    }
}
