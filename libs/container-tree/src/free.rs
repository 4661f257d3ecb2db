// SPDX-License-Identifier: MIT OR Apache-2.0
//! Free lists, and how blocks become free.
use crate::books::State;
use crate::tree::Tree;
use crate::{Amount, BlockHandle, ContainerError, ContainerId, Kernel, MIN_BITS, Result};

/// What a split costs: the two slots of its parts.
pub(crate) const SPLIT: Amount = Amount::slots(2);

/// A chunk that has become free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rising {
    container: u16,
    number: u32,
}

impl Tree {
    /// Destroys all objects of an allocated block and frees it.
    ///
    /// # Errors
    /// [`ContainerError::NoSuchBlock`] if the handle is not of a block that was allocated from this container;
    /// [`ContainerError::Gone`].
    pub fn deallocate<K: Kernel>(
        &mut self,
        kernel: &mut K,
        id: ContainerId,
        handle: BlockHandle,
    ) -> Result<()> {
        let number = self.allocated(id, handle)?;
        kernel.revoke(self.books.slot(number))?;
        let block = self.books.block_mut(number);
        block.serial = block.serial.wrapping_add(1);
        block.used = true;
        let bytes = block.bytes();
        self.discharge(id.0, Amount::bytes(bytes));
        self.release(id.0, number);
        Ok(())
    }

    /// The block of a handle, if it was allocated from that container.
    pub(crate) fn allocated(&self, id: ContainerId, handle: BlockHandle) -> Result<u32> {
        self.living(id)?;
        match self.books.allocated(handle) {
            Some((number, block)) if block.owner == id.0 => Ok(number),
            _ => Err(ContainerError::NoSuchBlock),
        }
    }

    /// Makes a block free that has nothing in use in it and is in no list: merges it with its neighbours, and gives a
    /// chunk that has become free back to the parent.
    pub(crate) fn release(&mut self, container: u16, number: u32) {
        let mut rising = self.release_here(container, number);
        while let Some(free) = rising {
            rising = self.rise(free);
        }
    }

    /// The same, but a chunk that has become free stays until [`Tree::rise`].
    pub(crate) fn release_here(&mut self, container: u16, number: u32) -> Option<Rising> {
        let number = self.merge(container, number);
        self.insert_free(container, number);
        let block = self.books.block(number);
        (block.chunk && !block.pinned).then_some(Rising { container, number })
    }

    /// Gives a chunk that has become free back to the parent, unless it was used meanwhile. Tells whether one of the
    /// parent's has become free by that. So however deep a container is, its memory rises level by level.
    pub fn rise(&mut self, rising: Rising) -> Option<Rising> {
        let Rising { container, number } = rising;
        let block = self.books.block(number);
        let free = block.state == State::Free && block.chunk && !block.pinned;
        if !free || block.owner != container {
            return None;
        }
        self.remove_free(container, number);
        self.detach_chunk(container, number);
        self.release_here(self.around(number), number)
    }

    /// Whose block a chunk was taken out of: the parent of its owner, or the container that passes it to that one just now.
    pub(crate) fn around(&self, chunk: u32) -> u16 {
        self.books.block(self.books.whole(chunk)).owner
    }

    /// Makes a block free and merges it with its free neighbours, within its chunk. Gives the merged block, which is
    /// in no list.
    pub(crate) fn merge(&mut self, container: u16, number: u32) -> u32 {
        let mut number = number;
        let mut merged = 0;
        self.books.block_mut(number).state = State::Free;
        while !self.books.block(number).chunk {
            let neighbour = number ^ 1;
            if !self.books.single(number / 2) {
                let other = self.books.block(neighbour);
                if other.state != State::Free || other.chunk {
                    break;
                }
                self.remove_free(container, neighbour);
            }
            // Its parts are only kept from now on, until it is needed in one piece.
            self.books.keep(number / 2);
            number = self.books.whole(number);
            self.books.block_mut(number).state = State::Free;
            merged += 1;
        }
        if merged != 0 {
            self.discharge(container, Amount::slots(merged * SPLIT.slots));
        }
        number
    }

    /// Makes a block a chunk of `container`.
    pub(crate) fn attach_chunk(&mut self, container: u16, number: u32, pinned: bool) {
        let record = self.container_mut(container);
        let next = record.chunks;
        record.chunks = number;
        let block = self.books.block_mut(number);
        (block.chunk, block.pinned, block.owner) = (true, pinned, container);
        (block.next_chunk, block.previous_chunk) = (next, 0);
        let bytes = block.bytes();
        if next != 0 {
            self.books.block_mut(next).previous_chunk = number;
        }
        self.container_mut(container).held += bytes;
    }

    /// The opposite. The block is in no list then.
    pub(crate) fn detach_chunk(&mut self, container: u16, number: u32) {
        let block = self.books.block_mut(number);
        (block.chunk, block.pinned) = (false, false);
        let (next, previous, bytes) = (block.next_chunk, block.previous_chunk, block.bytes());
        match previous {
            0 => self.container_mut(container).chunks = next,
            _ => self.books.block_mut(previous).next_chunk = next,
        }
        if next != 0 {
            self.books.block_mut(next).previous_chunk = previous;
        }
        self.container_mut(container).held -= bytes;
    }

    /// Puts a free block into the free list of its size: blocks in one piece at the front, then untouched boot
    /// untypeds, blocks with kept parts at the back.
    pub(crate) fn insert_free(&mut self, container: u16, number: u32) {
        let block = self.books.block_mut(number);
        block.owner = container;
        let front = block.parts == 0 && !block.untouched;
        let class = usize::from(block.bits - MIN_BITS);
        let record = self.container_mut(container);
        let head = record.free[class];
        if head == 0 {
            record.free[class] = number;
            record.free_classes |= 1 << class;
            let block = self.books.block_mut(number);
            (block.next, block.previous) = (number, number);
            return;
        }
        if front {
            record.free[class] = number;
        }
        let last = self.books.block(head).previous;
        let block = self.books.block_mut(number);
        (block.next, block.previous) = (head, last);
        self.books.block_mut(last).next = number;
        self.books.block_mut(head).previous = number;
    }

    /// Takes a free block out of its list.
    pub(crate) fn remove_free(&mut self, container: u16, number: u32) {
        let block = *self.books.block(number);
        let class = usize::from(block.bits - MIN_BITS);
        let record = self.container_mut(container);
        if block.next == number {
            record.free[class] = 0;
            record.free_classes &= !(1 << class);
            return;
        }
        if record.free[class] == number {
            record.free[class] = block.next;
        }
        self.books.block_mut(block.next).previous = block.previous;
        self.books.block_mut(block.previous).next = block.next;
    }
}
