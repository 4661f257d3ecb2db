// SPDX-License-Identifier: MIT OR Apache-2.0
//! Free lists, and how blocks become free.
use crate::books::{Block, Books, State};
use crate::tree::Tree;
use crate::{Amount, BlockHandle, ContainerError, ContainerId, Kernel, MAX_BITS, MIN_BITS, Result};
use croft_tables::Classes;

/// What a split costs: the two slots of its parts.
pub(crate) const SPLIT: Amount = Amount::slots(2);

/// Number of size classes of free blocks.
pub(crate) const CLASSES: usize = (MAX_BITS - MIN_BITS) as usize + 1;

/// Free blocks by size. Of each size those in one piece are at the front, those with kept parts at the back.
pub(crate) struct FreeLists(pub(crate) Classes<CLASSES>);

impl FreeLists {
    pub(crate) const EMPTY: Self = Self(Classes::EMPTY);

    /// The first of the smallest blocks that have 2^`bits` bytes at least; `None` if there is none.
    pub(crate) fn smallest(&self, bits: u8) -> Option<u32> {
        self.0.lowest(bits - MIN_BITS)
    }

    /// log2 of the bytes of the largest block; 0 if there is none.
    pub(crate) fn largest(&self) -> u8 {
        self.0.highest().map_or(0, |class| class + MIN_BITS)
    }

    pub(crate) fn insert(&mut self, books: &mut Books, number: u32) {
        let Block { bits, parts, .. } = *books.block(number);
        let class = bits - MIN_BITS;
        (self.0).insert(&mut books.blocks, Block::links, number, class, parts == 0);
    }

    pub(crate) fn remove(&mut self, books: &mut Books, number: u32) {
        let class = books.block(number).bits - MIN_BITS;
        (self.0).remove(&mut books.blocks, Block::links, number, class);
    }
}

/// A chunk that has become free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rising(pub(crate) u32);

impl<K: Kernel> Tree<K> {
    /// Frees an allocated block of which the kernel has destroyed all objects already.
    ///
    /// # Errors
    /// [`ContainerError::NoSuchBlock`] if the handle is not of a block that was allocated from this container;
    /// [`ContainerError::Gone`].
    pub fn release(&mut self, id: ContainerId, handle: BlockHandle) -> Result {
        let number = self.allocated(id, handle)?;
        let used = Amount::bytes(self.books.block(number).bytes());
        let number = self.free(id.0, number, used);
        self.rise_all(number);
        Ok(())
    }

    /// The block of a handle, if it was allocated from that container.
    pub(crate) fn allocated(&self, id: ContainerId, handle: BlockHandle) -> Result<u32> {
        self.living(id)?;
        let block = self.books.allocated(handle);
        let own = block.filter(|block| block.owner == id.0);
        own.map(|_| handle.place())
            .ok_or(ContainerError::NoSuchBlock)
    }

    /// Makes a block free that has nothing in use in it and is in no list, and merges it with its free neighbours, within its
    /// chunk; what was used for it is discharged with the splits. Gives the merged block.
    pub(crate) fn free(&mut self, container: u16, mut number: u32, mut used: Amount) -> u32 {
        loop {
            let block = self.books.block_mut(number);
            block.state = State::Free;
            if block.chunk {
                break;
            }
            let whole = block.whole;
            let neighbour = self.books.block(number ^ 1);
            match neighbour.state {
                State::Absent => {}
                State::Free if !neighbour.chunk => self.remove_free(number ^ 1),
                _ => break,
            }
            // Its parts are only kept from now on, until it is needed in one piece.
            self.books.keep(number & !1);
            used = used.plus(SPLIT);
            number = whole;
        }
        self.discharge(container, used);
        self.insert_free(container, number);
        number
    }

    /// Gives a chunk that has become free back to the parent, unless it was used meanwhile. Tells whether one of the
    /// parent's has become free by that. So however deep a container is, its memory rises level by level.
    pub fn rise(&mut self, rising: Rising) -> Option<Rising> {
        let Rising(number) = self.rising(rising.0)?;
        let number = self.give_back(number);
        self.rising(number)
    }

    /// Whether a block is a chunk that has become free and backs no guarantee.
    pub(crate) fn rising(&self, number: u32) -> Option<Rising> {
        let block = self.books.block(number);
        let free = block.state == State::Free && block.chunk && !block.pinned;
        free.then_some(Rising(number))
    }

    /// If a free block is a chunk, it goes back as far up as it can.
    pub(crate) fn rise_all(&mut self, number: u32) {
        let mut rising = self.rising(number);
        while let Some(free) = rising {
            rising = self.rise(free);
        }
    }

    /// Gives a free chunk back to the parent; the block that it is part of there.
    pub(crate) fn give_back(&mut self, chunk: u32) -> u32 {
        self.remove_free(chunk);
        self.detach_chunk(chunk);
        self.free(self.around(chunk), chunk, Amount::ZERO)
    }

    /// Whose block a chunk was taken out of: the parent of its owner, or the container that passes it to that one just now.
    pub(crate) fn around(&self, chunk: u32) -> u16 {
        self.books.block(self.books.block(chunk).whole).owner
    }

    /// A chunk that is in use becomes a block of the container that is around it, at whose cost it is from now on. If it is
    /// split, its parts become chunks in its place.
    pub(crate) fn dissolve_chunk(&mut self, chunk: u32) {
        let Block { owner, parts, .. } = *self.books.block(chunk);
        let above = self.around(chunk);
        self.detach_chunk(chunk);
        let block = self.books.block_mut(chunk);
        block.owner = above;
        let used = match block.state {
            State::Objects => Amount::bytes(block.bytes()),
            _ => SPLIT,
        };
        self.pass(owner, above, used);
        for part in [parts, parts + 1] {
            let block = self.books.block(part);
            // What is a chunk already is that of a container that was derived.
            if block.state != State::Absent && !block.chunk {
                self.attach_chunk(owner, part, false);
            }
        }
    }

    /// Makes a block a chunk of `container`.
    pub(crate) fn attach_chunk(&mut self, container: u16, number: u32, pinned: bool) {
        let block = self.books.block_mut(number);
        (block.chunk, block.pinned, block.owner) = (true, pinned, container);
        let record = &mut self.containers[container.into()];
        record.held += block.bytes();
        let chunks = &mut self.books.blocks;
        chunks.link(Block::chunk_links, record.chunks, number);
        record.chunks = number;
    }

    /// The opposite.
    fn detach_chunk(&mut self, number: u32) {
        let block = self.books.block_mut(number);
        (block.chunk, block.pinned) = (false, false);
        let record = &mut self.containers[block.owner.into()];
        record.held -= block.bytes();
        let chunks = &mut self.books.blocks;
        record.chunks = chunks.unlink(Block::chunk_links, record.chunks, number);
    }

    /// Puts a free block into the free lists of `container`.
    pub(crate) fn insert_free(&mut self, container: u16, number: u32) {
        self.books.block_mut(number).owner = container;
        let record = &mut self.containers[container.into()];
        record.free.insert(&mut self.books, number);
    }

    /// Takes a free block out of its owner's free lists.
    pub(crate) fn remove_free(&mut self, number: u32) {
        let owner = self.books.block(number).owner;
        let record = &mut self.containers[owner.into()];
        record.free.remove(&mut self.books, number);
    }

    /// Forgets all parts of a block after the kernel revoked it, those of its parts first.
    pub(crate) fn forget_parts(&mut self, number: u32) {
        let mut place = number;
        while self.books.block(number).parts != 0 {
            let block = *self.books.block(place);
            let parts = [block.parts, block.parts + 1];
            let has_parts = |part: &u32| self.books.block(*part).parts != 0;
            if let Some(part) = parts.into_iter().find(has_parts) {
                place = part;
                continue;
            }
            if block.state == State::Free {
                self.books.unkeep(block.parts);
            } else {
                for part in parts {
                    if self.books.block(part).state == State::Free {
                        self.remove_free(part);
                    }
                }
            }
            self.books.return_pair(block.parts);
            self.books.block_mut(place).parts = 0;
            place = block.whole;
        }
    }
}
