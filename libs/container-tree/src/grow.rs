// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a container grows: it takes chunks out of its parent's, which may have to grow first.
use crate::allocate::{Choice, Purpose};
use crate::container::NOBODY;
use crate::tree::Tree;
use crate::{Amount, ContainerError, Kernel, MAX_BITS, MAX_DEPTH, MIN_BITS, Result};

/// A container that grows on behalf of a child takes at least this much, so that a deep tree does not grow at every level each time.
const PASS_ON_BITS: u8 = 16;

/// A container grows by at most this much beyond what it needs: more would lie idle where nobody else can have it.
const LARGEST_STEP_BITS: u8 = 22;

/// From the container that needs a block up to the nearest ancestor that has one.
struct Path {
    containers: [u16; MAX_DEPTH as usize + 1],
    /// log2 of what is wanted from the container of the same place: ample if the nearest that has anything has so much.
    bits: [u8; MAX_DEPTH as usize + 1],
    length: usize,
}

impl Tree {
    /// A block of 2^`bits` bytes in one piece for objects, out of the container's own chunks or, if they do not have one, a new one.
    pub(crate) fn obtain<K: Kernel>(
        &mut self,
        kernel: &mut K,
        container: u16,
        bits: u8,
    ) -> Result<u32> {
        if let Some(number) = self.find(container, bits, Purpose::Objects, Choice::Touched) {
            return self.carve(kernel, container, number, bits, Purpose::Objects);
        }
        let grown = self.grow(kernel, container, bits)?;
        let found = self.find(container, bits, Purpose::Objects, Choice::Any);
        let number = found.ok_or(ContainerError::NoMemory { bits })?;
        let carved = self.carve(kernel, container, number, bits, Purpose::Objects);
        carved.inspect_err(|_| self.shrink(container, grown))
    }

    /// Gives `container` a free block of at least 2^`bits` bytes. Tells whether that took a new chunk.
    fn grow<K: Kernel>(&mut self, kernel: &mut K, container: u16, bits: u8) -> Result<bool> {
        for choice in [Choice::Touched, Choice::Any, Choice::Reclaimed] {
            if choice == Choice::Reclaimed && !self.reclaim(container, bits) {
                break;
            }
            if let Some(path) = self.path(container, bits, choice) {
                self.walk_down(kernel, &path, choice)?;
                return Ok(path.length > 1);
            }
        }
        Err(ContainerError::NoMemory { bits })
    }

    /// The way up to the nearest container that has what is needed; `None` if not even the root container has. What is
    /// asked on the way is about half of what each container has, so that it does not come again soon, but no more than
    /// what is found.
    fn path(&self, container: u16, bits: u8, choice: Choice) -> Option<Path> {
        let mut path = Path {
            containers: [0; MAX_DEPTH as usize + 1],
            bits: [0; MAX_DEPTH as usize + 1],
            length: 0,
        };
        let (mut number, mut ample) = (container, bits);
        loop {
            path.containers[path.length] = number;
            path.bits[path.length] = ample;
            path.length += 1;
            let largest = self.largest(number, choice).unwrap_or_default();
            if largest >= bits {
                for asked in &mut path.bits[..path.length] {
                    *asked = (*asked).min(largest);
                }
                return Some(path);
            }
            let record = self.container(number);
            if record.parent == NOBODY {
                return None;
            }
            // What it holds beyond its limit would be of no use to it, and nobody else could have it.
            let room = record.limit.bytes.saturating_sub(record.held);
            let more = ample_bits(record.held, path.length > 1).min(floor_bits(room));
            ample = ample.max(more);
            number = record.parent;
        }
    }

    /// Takes a chunk at each container of the path, from the top to the bottom.
    fn walk_down<K: Kernel>(&mut self, kernel: &mut K, path: &Path, choice: Choice) -> Result<()> {
        for place in (1..path.length).rev() {
            let (above, below) = (path.containers[place], path.containers[place - 1]);
            let bits = path.bits[place];
            let taken = match self.find(above, bits, Purpose::Chunk, choice) {
                Some(number) => self.carve(kernel, above, number, bits, Purpose::Chunk),
                None => Err(ContainerError::NoMemory { bits }),
            };
            match taken {
                Ok(number) => {
                    self.attach_chunk(below, number, false);
                    self.insert_free(below, number);
                }
                Err(error) => {
                    self.shrink(above, place + 1 < path.length);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Gives the chunk back that a container got last and has no use for, if it has `grown` by one.
    fn shrink(&mut self, container: u16, grown: bool) {
        if grown {
            let number = self.container(container).chunks;
            self.books.block_mut(number).pinned = false;
            self.remove_free(container, number);
            self.release(container, number);
        }
    }

    /// Backs a guarantee with chunks and accounts it. The container is new: it has nothing yet.
    pub(crate) fn set_guarantee<K: Kernel>(
        &mut self,
        kernel: &mut K,
        container: u16,
        guaranteed: Amount,
    ) -> Result<()> {
        let parent = self.container(container).parent;
        let mut most = MAX_BITS;
        let backed = loop {
            let held = self.container(container).held;
            let missing = guaranteed.bytes.saturating_sub(held);
            if missing == 0 {
                let record = self.container(container);
                let more = record.used.max(guaranteed).minus(record.charge());
                break self.check(parent, more);
            }
            let bits = floor_bits(missing).min(most);
            match self.chunk(kernel, container, bits) {
                Ok(()) => {}
                // It may still be there in smaller pieces.
                Err(ContainerError::NoMemory { .. }) if bits > MIN_BITS => most = bits - 1,
                Err(error) => break Err(error),
            }
        };
        if backed.is_ok() {
            self.account(container, |record| record.guaranteed = guaranteed);
        } else {
            while self.container(container).chunks != 0 {
                self.shrink(container, true);
            }
        }
        backed
    }

    /// A chunk of 2^`bits` bytes from the parent.
    fn chunk<K: Kernel>(&mut self, kernel: &mut K, container: u16, bits: u8) -> Result<()> {
        let parent = self.container(container).parent;
        let found = self.find(parent, bits, Purpose::Chunk, Choice::Touched);
        let grown = found.is_none() && self.grow(kernel, parent, bits)?;
        let found = self.find(parent, bits, Purpose::Chunk, Choice::Any);
        let number = found.ok_or(ContainerError::NoMemory { bits })?;
        let carved = self.carve(kernel, parent, number, bits, Purpose::Chunk);
        let number = carved.inspect_err(|_| self.shrink(parent, grown))?;
        self.attach_chunk(container, number, true);
        self.insert_free(container, number);
        Ok(())
    }
}

/// log2 of what a container takes that holds that much.
fn ample_bits(held: u64, passes_on: bool) -> u8 {
    let half = floor_bits(held / 2).min(LARGEST_STEP_BITS);
    if passes_on {
        half.max(PASS_ON_BITS)
    } else {
        half
    }
}

/// log2 of the largest block that is not larger than that; the smallest block for less.
fn floor_bits(bytes: u64) -> u8 {
    (bytes.max(1 << MIN_BITS).ilog2() as u8).min(MAX_BITS)
}
