// SPDX-License-Identifier: MIT OR Apache-2.0
//! The records of blocks: pieces of untyped memory, each with a capability in a slot of its own.
//!
//! Blocks come in pairs, the two halves of the block that was split, in two neighbouring slots and with two neighbouring
//! numbers, of which the first is even. A pair may have its first block only: a boot untyped, or a block that was
//! retyped into one of the same size. The first pair is never used, so block 0 means "none".
use crate::{ContainerError, Result, Slot};
use croft_tables::Links;
use croft_tables::Table;

/// Names an allocated block towards its owner. A handle of a block that was deallocated is not valid again soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockHandle(pub(crate) u64);

impl BlockHandle {
    /// As a number, for messages.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The number of the block, if it is a handle.
    pub(crate) const fn place(self) -> u32 {
        self.0 as u32
    }

    /// A handle that came in a message; it need not be one.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// What a block is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Not there: the pair is unused, or has one block only.
    #[default]
    Absent,
    /// Free. It is in the free list of its owner, or hidden inside a larger free block that keeps its parts.
    Free,
    /// Split: some of its parts are in use.
    Split,
    /// Allocated for objects.
    Objects,
}

/// log2 of the bytes of the smallest block whose clearing takes so long that nobody should have to wait for it.
const LARGE_BITS: u8 = 17;

/// One block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Block {
    pub(crate) state: State,
    /// log2 of the bytes.
    pub(crate) bits: u8,
    /// It is a chunk: the outermost block of its owner, taken out of the parent container.
    pub(crate) chunk: bool,
    /// A chunk that backs a guarantee: it stays with its owner even when it is free.
    pub(crate) pinned: bool,
    /// Something may have been made of it since the kernel cleared it.
    pub(crate) used: bool,
    /// The container that it belongs to; of a hidden free block it may be out of date.
    pub(crate) owner: u16,
    /// Counts the allocations that this number stood for.
    pub(crate) serial: u32,
    /// Where its capability is.
    pub(crate) slot: Slot,
    /// The block that was split; 0 for a boot untyped.
    pub(crate) whole: u32,
    /// The first of those that it was retyped into; 0 if none. Of a free block: kept until it is needed in one piece.
    pub(crate) parts: u32,
    /// Neighbours in the list that a block is in that is not in use: its owner's free list; of the first of two parts, that
    /// of parts that are only kept, or of unused pairs. Of an allocated block the next one is its tag.
    pub(crate) links: Links,
    /// Neighbours in the owner's list of chunks.
    pub(crate) chunk_links: Links,
}

impl Block {
    pub(crate) const fn bytes(&self) -> u64 {
        1 << self.bits
    }

    /// Whether it takes long before something can be made of it, as the kernel clears it first.
    pub(crate) const fn is_unclear(&self) -> bool {
        self.used && self.bits >= LARGE_BITS
    }

    pub(crate) const fn links(&mut self) -> &mut Links {
        &mut self.links
    }

    pub(crate) const fn chunk_links(&mut self) -> &mut Links {
        &mut self.chunk_links
    }
}

/// All blocks.
pub(crate) struct Books {
    pub(crate) blocks: Table<Block>,
    /// The slots for new pairs.
    unused_slots: core::ops::Range<Slot>,
    /// The list of unused pairs, by their first blocks.
    unused: u32,
    /// Slots in which somebody may still do something: their pairs are not given to anybody.
    pub(crate) busy: [[Option<Slot>; 3]; 2],
    /// The list of parts that are only kept, by their first blocks, oldest first.
    pub(crate) kept: u32,
}

impl Books {
    /// Books without blocks. `slots` are empty and for the books alone.
    pub(crate) fn new(slots: core::ops::Range<Slot>) -> Result<Self> {
        let mut books = Self {
            blocks: Table::new(1 << 31),
            unused_slots: slots,
            unused: 0,
            busy: [[None; 3]; 2],
            kept: 0,
        };
        books.push_pair(0)?;
        Ok(books)
    }

    /// Makes the records of two blocks that are not there, if there is room for them.
    pub(crate) fn push_pair(&mut self, first_slot: Slot) -> Result<u32> {
        for slot in [first_slot, first_slot + 1] {
            let block = Block {
                slot,
                ..Block::default()
            };
            self.blocks.push(block).ok_or(ContainerError::NoBooks)?;
        }
        Ok(self.blocks.len() - 2)
    }

    /// The first block of the pair whose slots begin there; `None` if there is none, or for a boot untyped's.
    pub(crate) fn pair_at(&self, slot: Slot) -> Option<u32> {
        // Pairs are made in the order of their slots.
        let later = self.unused_slots.start.checked_sub(slot)?;
        let number = self.blocks.len().checked_sub(later)?;
        (number % 2 == 0 && self.blocks.get(number)?.slot == slot).then_some(number)
    }

    pub(crate) fn block(&self, number: u32) -> &Block {
        &self.blocks[number]
    }

    pub(crate) fn block_mut(&mut self, number: u32) -> &mut Block {
        &mut self.blocks[number]
    }

    /// The block of a handle if it is allocated for objects and not an older one's.
    pub(crate) fn allocated(&self, handle: BlockHandle) -> Option<&Block> {
        let block = self.blocks.get(handle.place())?;
        let valid = block.state == State::Objects && self.handle(handle.place()) == handle;
        valid.then_some(block)
    }

    pub(crate) fn handle(&self, number: u32) -> BlockHandle {
        BlockHandle(u64::from(number) | u64::from(self.block(number).serial) << 32)
    }

    /// A pair that is unused, and in whose slots nobody is busy.
    fn unused_pair(&self) -> Option<u32> {
        let busy = |first: &u32| {
            let slot = self.block(*first).slot;
            let mut busy = self.busy.as_flattened().iter().flatten();
            busy.any(|each| (slot..slot + 2).contains(each))
        };
        let mut unused = self.blocks.list(|block| &block.links, self.unused);
        unused.find(|first| !busy(first))
    }

    /// A pair for the parts of `whole`, its slots empty; its first block. If there is none left, drop what is only kept and
    /// ask again.
    pub(crate) fn take_pair(&mut self, whole: u32) -> Result<u32> {
        let first = if let Some(first) = self.unused_pair() {
            self.unused = self.blocks.unlink(Block::links, self.unused, first);
            first
        } else if self.unused_slots.len() >= 2 {
            let first = self.push_pair(self.unused_slots.start)?;
            self.unused_slots.start += 2;
            first
        } else {
            return Err(ContainerError::NoBooks);
        };
        for number in [first, first + 1] {
            self.block_mut(number).whole = whole;
        }
        Ok(first)
    }

    /// Gives a pair back. Its slots are empty and it is in no list.
    pub(crate) fn return_pair(&mut self, first: u32) {
        for number in [first, first + 1] {
            let block = self.block_mut(number);
            (block.state, block.whole) = (State::Absent, 0);
        }
        self.blocks.link(Block::links, self.unused, first);
        self.unused = first;
    }

    /// The parts of a free block are from now on only kept.
    pub(crate) fn keep(&mut self, first: u32) {
        self.kept = self.blocks.link(Block::links, self.kept, first);
    }

    /// The parts are in use again, or about to go.
    pub(crate) fn unkeep(&mut self, first: u32) {
        self.kept = self.blocks.unlink(Block::links, self.kept, first);
    }
}

const _: () = assert!(
    size_of::<Block>() <= crate::BYTES_PER_SLOT,
    "a block's record is larger than what is charged for it"
);
