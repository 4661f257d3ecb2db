// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a container grows: it takes chunks out of its parent's, which may have to grow first.
use crate::allocate::Purpose;
use crate::tree::Tree;
use crate::{ContainerError, ContainerId, Kernel, MAX_BITS, MIN_BITS, Result};

/// A container that grows on behalf of a child takes at least this much, so that a deep tree does not grow at every level each time.
const PASS_ON_BITS: u8 = 16;

/// A container grows by at most this much beyond what it needs: more would lie idle where nobody else can have it.
const LARGEST_STEP_BITS: u8 = 22;

impl<K: Kernel> Tree<K> {
    /// A block of 2^`bits` bytes out of the container's own chunks or, if they do not have one, a new one.
    pub(crate) fn obtain(&mut self, container: u16, bits: u8, purpose: Purpose) -> Result<u32> {
        let carved = self.carve(container, bits, purpose);
        if carved != Err(ContainerError::NoMemory { bits }) {
            return carved;
        }
        let (top, largest) = loop {
            if let Some(found) = self.nearest(container, bits) {
                break found;
            }
            if !self.touch(bits) && !self.reclaim(container, bits) {
                return carved;
            }
        };
        let mut number = top;
        while number != container {
            let (below, asked) = self.container(number).asked;
            let chunk = self.carve_below(top, number, asked.min(largest), Purpose::Chunk)?;
            self.add_chunk(below, chunk, false);
            number = below;
        }
        self.carve_below(top, container, bits, purpose)
    }

    /// [`Tree::carve`] on the way down from `top`. All below that have grown by a chunk; on failure it goes back.
    fn carve_below(&mut self, top: u16, number: u16, bits: u8, purpose: Purpose) -> Result<u32> {
        let carved = self.carve(number, bits, purpose);
        if carved.is_err() && number != top {
            self.shrink(number);
        }
        carved
    }

    /// The nearest container on the way up that has what is needed, and log2 of the most that it has; `None` if not even
    /// the root container has. What is asked of each on the way is noted there: about half of what those below have, so that
    /// they do not come again soon.
    fn nearest(&mut self, container: u16, bits: u8) -> Option<(u16, u8)> {
        let (mut number, mut ample, mut least) = (container, bits, MIN_BITS);
        loop {
            let record = self.container(number);
            let largest = record.free.largest();
            if largest >= bits {
                return Some((number, largest));
            }
            if number == ContainerId::ROOT.0 {
                return None;
            }
            // What it holds beyond its limit would be of no use to it, and nobody else could have it.
            let room = record.info.limit.bytes.saturating_sub(record.held);
            let half = floor_bits(record.held / 2).clamp(least, LARGEST_STEP_BITS);
            ample = ample.max(half.min(floor_bits(room)));
            least = PASS_ON_BITS;
            let above = record.parent;
            self.container_mut(above).asked = (number, ample);
            number = above;
        }
    }

    /// Gives the root container the smallest untouched boot untyped of at least 2^`bits` bytes. Whether there is one.
    fn touch(&mut self, bits: u8) -> bool {
        let Some(number) = self.untouched.smallest(bits) else {
            return false;
        };
        self.untouched.remove(&mut self.books, number);
        self.insert_free(ContainerId::ROOT.0, number);
        true
    }

    /// Makes a free block, which is in no list, a chunk of `container`.
    fn add_chunk(&mut self, container: u16, number: u32, pinned: bool) {
        self.attach_chunk(container, number, pinned);
        self.insert_free(container, number);
    }

    /// Gives the chunk back that a container got last and that is free.
    pub(crate) fn shrink(&mut self, container: u16) {
        let number = self.container(container).chunks;
        self.books.block_mut(number).pinned = false;
        self.rise_all(number);
    }

    /// Backs what is guaranteed to a container with chunks. On failure it may have some of them.
    pub(crate) fn back(&mut self, container: u16) -> Result {
        let mut most = MAX_BITS;
        loop {
            let record = self.container(container);
            let guaranteed = record.info.guaranteed.bytes;
            let missing = guaranteed.saturating_sub(record.held);
            if missing == 0 {
                return Ok(());
            }
            let bits = floor_bits(missing).min(most);
            match self.obtain(record.parent, bits, Purpose::Chunk) {
                Ok(chunk) => self.add_chunk(container, chunk, true),
                // It may still be there in smaller pieces.
                Err(ContainerError::NoMemory { .. }) if bits > MIN_BITS => most = bits - 1,
                Err(error) => return Err(error),
            }
        }
    }
}

/// log2 of the largest block that is not larger than that; the smallest block for less.
fn floor_bits(bytes: u64) -> u8 {
    (bytes.max(1 << MIN_BITS).ilog2() as u8).min(MAX_BITS)
}
