// SPDX-License-Identifier: MIT OR Apache-2.0
//! The records of blocks: pieces of untyped memory, each with a capability in a slot of its own.
//!
//! Blocks come in pairs, the two halves of the block that was split, in two neighbouring slots; a block's number is
//! twice its pair's number plus 0 or 1. A pair may have its first block only: a boot untyped, or a block that was
//! retyped into one of the same size. Pair 0 is never used, so block 0 means "none".
use crate::table::Table;
use crate::{BootUntyped, Slot};

/// Names an allocated block towards its owner. A handle of a block that was deallocated is not valid again soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockHandle(pub(crate) u64);

impl BlockHandle {
    /// As a number, for messages.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// A handle that came in a message; it need not be one.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not there: the pair is free, or has one block only.
    Absent,
    /// Free. It is in the free list of its owner, or hidden inside a larger free block that keeps its parts.
    Free,
    /// Split: some of its parts are in use.
    Split,
    /// Allocated for objects.
    Objects,
    /// Of a dying container: revoked, and in no list; waits for its chunk.
    Revoked,
}

/// One block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) state: State,
    /// log2 of the bytes.
    pub(crate) bits: u8,
    /// It is a chunk: the outermost block of its owner, taken out of the parent container.
    pub(crate) chunk: bool,
    /// A chunk that backs a guarantee: it stays with its owner even when it is free.
    pub(crate) pinned: bool,
    /// A boot untyped that the kernel has not cleared yet, and large enough that it matters.
    pub(crate) untouched: bool,
    /// Something was made of it since the kernel cleared it.
    pub(crate) used: bool,
    /// The container that it belongs to; of a hidden free block it may be out of date.
    pub(crate) owner: u16,
    /// Counts the allocations that this number stood for.
    pub(crate) serial: u16,
    /// The pair that it was retyped into; 0 if none. Of a free block: kept until it is needed in one piece.
    pub(crate) parts: u32,
    /// Neighbours in the owner's circular free list. Of an allocated block the first one is its tag.
    pub(crate) next: u32,
    pub(crate) previous: u32,
    /// Neighbours in the owner's list of chunks.
    pub(crate) next_chunk: u32,
    pub(crate) previous_chunk: u32,
}

impl Block {
    pub(crate) const ABSENT: Self = Self {
        state: State::Absent,
        bits: 0,
        chunk: false,
        pinned: false,
        untouched: false,
        used: false,
        owner: 0,
        serial: 0,
        parts: 0,
        next: 0,
        previous: 0,
        next_chunk: 0,
        previous_chunk: 0,
    };

    pub(crate) const fn bytes(&self) -> u64 {
        1 << self.bits
    }
}

/// A pair of blocks.
pub(crate) struct Pair {
    /// The slot of the first one; the second one has the next slot.
    first_slot: Slot,
    /// The block that was split; 0 for a boot untyped. Of a free pair: the next free one.
    pub(crate) whole: u32,
    /// Neighbours in the list of pairs that are only kept.
    next_kept: u32,
    previous_kept: u32,
    pub(crate) blocks: [Block; 2],
}

/// All blocks.
pub(crate) struct Books {
    pairs: Table<Pair>,
    /// The slots for new pairs.
    unused_slots: core::ops::Range<Slot>,
    /// The first of them at the beginning, and the number of the pair that it belongs to: all later ones follow in order.
    first_unused: (Slot, u32),
    /// Head of the list of free pairs.
    free_pairs: u32,
    /// Ends of the list of pairs that are only kept, newest first.
    newest_kept: u32,
    oldest_kept: u32,
}

impl Books {
    /// Books without blocks. `slots` are empty and for the books alone.
    pub(crate) fn new(slots: core::ops::Range<Slot>) -> Option<Self> {
        let mut books = Self {
            pairs: Table::new(1 << 31),
            first_unused: (slots.start, 1),
            unused_slots: slots,
            free_pairs: 0,
            newest_kept: 0,
            oldest_kept: 0,
        };
        books.pairs.push(Pair::new(0))?;
        Some(books)
    }

    /// Adds a boot untyped as a block of its own; `None` if the heap is used up.
    pub(crate) fn add_boot(&mut self, untyped: &BootUntyped, untouched: bool) -> Option<u32> {
        let pair = self.pairs.push(Pair::new(untyped.slot))?;
        self.pairs[pair].blocks[0] = Block {
            state: State::Free,
            bits: untyped.size_bits,
            chunk: true,
            pinned: true,
            untouched,
            used: true,
            ..Block::ABSENT
        };
        self.first_unused.1 = pair + 1;
        Some(pair * 2)
    }

    /// The pair that a slot belongs to; `None` for a boot untyped's and for one that is not the first of its pair.
    pub(crate) fn pair_of_slot(&self, slot: Slot) -> Option<u32> {
        let (first_slot, first_pair) = self.first_unused;
        let pair = first_pair + slot.checked_sub(first_slot)? / 2;
        (self.pairs.get(pair)?.first_slot == slot).then_some(pair)
    }

    pub(crate) fn block(&self, number: u32) -> &Block {
        &self.pairs[number / 2].blocks[number as usize % 2]
    }

    pub(crate) fn block_mut(&mut self, number: u32) -> &mut Block {
        &mut self.pairs[number / 2].blocks[number as usize % 2]
    }

    /// The block of that number, if there may be one.
    pub(crate) fn at(&self, number: u32) -> Option<&Block> {
        let pair = self.pairs.get(number / 2)?;
        pair.blocks.get(number as usize % 2)
    }

    /// The largest number of a block.
    pub(crate) const fn last_place(&self) -> u32 {
        self.pairs.len() * 2 - 1
    }

    /// The block of a handle if it is allocated for objects and not an older one's.
    pub(crate) fn allocated(&self, handle: BlockHandle) -> Option<(u32, &Block)> {
        let (number, serial) = (handle.0 as u32, (handle.0 >> 32) as u16);
        let block = self.at(number)?;
        let valid = block.state == State::Objects && block.serial == serial && handle.0 >> 48 == 0;
        valid.then_some((number, block))
    }

    pub(crate) fn handle(&self, number: u32) -> BlockHandle {
        BlockHandle(u64::from(number) | u64::from(self.block(number).serial) << 32)
    }

    pub(crate) fn slot(&self, number: u32) -> Slot {
        self.pairs[number / 2].first_slot + number % 2
    }

    pub(crate) fn first_slot(&self, pair: u32) -> Slot {
        self.pairs[pair].first_slot
    }

    /// The block that this one was split off; 0 for a boot untyped.
    pub(crate) fn whole(&self, number: u32) -> u32 {
        self.pairs[number / 2].whole
    }

    /// Whether the pair has its first block only.
    pub(crate) fn single(&self, pair: u32) -> bool {
        self.pairs[pair].blocks[1].state == State::Absent
    }

    /// A pair for the parts of `whole`, its slots empty; `None` if there is none left (drop what is only kept and ask
    /// again) or the heap is used up.
    pub(crate) fn take_pair(&mut self, whole: u32) -> Option<u32> {
        if self.free_pairs == 0 {
            let slot = self.unused_slots.start;
            if self.unused_slots.end.saturating_sub(slot) < 2 {
                return None;
            }
            self.free_pairs = self.pairs.push(Pair::new(slot))?;
            self.unused_slots.start += 2;
        }
        let pair = self.free_pairs;
        let record = &mut self.pairs[pair];
        self.free_pairs = record.whole;
        record.whole = whole;
        Some(pair)
    }

    /// Gives a pair back. Its slots are empty and it is in no list.
    pub(crate) fn return_pair(&mut self, pair: u32) {
        let record = &mut self.pairs[pair];
        for block in &mut record.blocks {
            block.state = State::Absent;
            block.serial = block.serial.wrapping_add(1);
        }
        record.whole = self.free_pairs;
        self.free_pairs = pair;
    }

    /// The parts of a free block are from now on only kept.
    pub(crate) fn keep(&mut self, pair: u32) {
        let next = self.newest_kept;
        self.pairs[pair].next_kept = next;
        self.pairs[pair].previous_kept = 0;
        if next == 0 {
            self.oldest_kept = pair;
        } else {
            self.pairs[next].previous_kept = pair;
        }
        self.newest_kept = pair;
    }

    /// The parts are in use again, or about to go.
    pub(crate) fn unkeep(&mut self, pair: u32) {
        let (next, previous) = (self.pairs[pair].next_kept, self.pairs[pair].previous_kept);
        match previous {
            0 => self.newest_kept = next,
            _ => self.pairs[previous].next_kept = next,
        }
        match next {
            0 => self.oldest_kept = previous,
            _ => self.pairs[next].previous_kept = previous,
        }
    }

    /// The free block whose parts have been kept longest; `None` if there is none.
    pub(crate) fn oldest_kept(&self) -> Option<u32> {
        (self.oldest_kept != 0).then(|| self.pairs[self.oldest_kept].whole)
    }

    /// Forgets all parts of a block, recursively, after the kernel revoked it.
    pub(crate) fn forget_parts(&mut self, number: u32) {
        let block = self.block_mut(number);
        let (mut work, kept) = (block.parts, block.state == State::Free);
        block.parts = 0;
        if work == 0 {
            return;
        }
        if kept {
            self.unkeep(work);
        }
        // The pairs still to be forgotten, chained through `whole`, which nobody needs any more.
        self.pairs[work].whole = 0;
        while work != 0 {
            let pair = work;
            work = self.pairs[pair].whole;
            for place in 0..2 {
                let block = self.pairs[pair].blocks[place];
                if block.state == State::Absent || block.parts == 0 {
                    continue;
                }
                if block.state == State::Free {
                    self.unkeep(block.parts);
                }
                self.pairs[block.parts].whole = work;
                self.pairs[pair].blocks[place].parts = 0;
                work = block.parts;
            }
            self.return_pair(pair);
        }
    }

    /// Pairs that exist, free ones included.
    #[cfg(test)]
    pub(crate) fn pairs(&self) -> core::ops::Range<u32> {
        1..self.pairs.len()
    }
}

impl Pair {
    const fn new(first_slot: Slot) -> Self {
        Self {
            first_slot,
            whole: 0,
            next_kept: 0,
            previous_kept: 0,
            blocks: [Block::ABSENT; 2],
        }
    }
}

const _: () = assert!(
    size_of::<Pair>() <= crate::BYTES_PER_SLOT * 2,
    "a pair's record is larger than what is charged for it"
);
