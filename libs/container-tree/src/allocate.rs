// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a block is found and cut to size.
use crate::books::{Block, State};
use crate::free::SPLIT;
use crate::tree::Tree;
use crate::{
    Amount, BlockHandle, ContainerError, ContainerId, Kernel, MAX_BITS, MIN_BITS, Result, Slot,
};

/// What a block is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For objects: it must be in one piece.
    Objects,
    /// For a derived container: kept parts may stay, they are of use there.
    Chunk,
}

/// The blocks among which [`Tree::find`] may choose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Not the boot untypeds that the kernel has not cleared yet.
    Touched,
    /// All.
    Any,
    /// All, after somebody else gave something back.
    Reclaimed,
}

impl Tree {
    /// Allocates a block of 2^`bits` bytes for objects. The caller retypes it; [`Tree::block_slot`] tells where it is.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoMemory`], [`ContainerError::NoBooks`], [`ContainerError::BadObject`], [`ContainerError::Gone`],
    /// [`ContainerError::Gone`], [`ContainerError::Kernel`].
    pub fn allocate<K: Kernel>(
        &mut self,
        kernel: &mut K,
        id: ContainerId,
        bits: u8,
    ) -> Result<BlockHandle> {
        self.living(id)?;
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(ContainerError::BadObject);
        }
        self.check(id.0, Amount::bytes(1 << bits))?;
        let number = self.obtain(kernel, id.0, bits)?;
        let block = self.books.block_mut(number);
        (block.state, block.next) = (State::Objects, 0);
        // The slots that were charged meanwhile are another currency: the check still holds.
        self.charge(id.0, Amount::bytes(1 << bits));
        Ok(self.books.handle(number))
    }

    /// The slot of an allocated block's untyped capability.
    ///
    /// # Errors
    /// [`ContainerError::NoSuchBlock`], [`ContainerError::Gone`].
    pub fn block_slot(&self, id: ContainerId, handle: BlockHandle) -> Result<Slot> {
        Ok(self.books.slot(self.allocated(id, handle)?))
    }

    /// Whether the kernel need not clear an allocated block before something is made of it.
    #[must_use]
    pub fn is_clear(&self, handle: BlockHandle) -> bool {
        let allocated = self.books.allocated(handle);
        allocated.is_some_and(|(_, block)| !block.used)
    }

    /// The container that an allocated block belongs to; `None` if the handle is of none.
    #[must_use]
    pub fn owner(&self, handle: BlockHandle) -> Option<ContainerId> {
        let (_, block) = self.books.allocated(handle)?;
        Some(ContainerId(block.owner))
    }

    /// Remembers a number for an allocated block: what it is to the server. 0 at first; ignored if there is no such block.
    pub fn set_tag(&mut self, handle: BlockHandle, tag: u32) {
        if let Some((number, _)) = self.books.allocated(handle) {
            self.books.block_mut(number).next = tag;
        }
    }

    /// The number that [`Tree::set_tag`] set last; 0 if there is no such block.
    #[must_use]
    pub fn tag(&self, handle: BlockHandle) -> u32 {
        self.books
            .allocated(handle)
            .map_or(0, |(_, block)| block.next)
    }

    /// log2 of the bytes of the largest free block among which may be chosen; `None` if there is none.
    pub(crate) fn largest(&self, container: u16, choice: Choice) -> Option<u8> {
        let container = self.container(container);
        let mut classes = container.free_classes;
        while classes != 0 {
            let class = classes.ilog2();
            classes ^= 1 << class;
            let head = container.free[class as usize];
            // A block that is untouched comes behind those that are not, except for those that keep their parts.
            let touched = |number: u32| !self.books.block(number).untouched;
            let last = self.books.block(head).previous;
            if choice != Choice::Touched || touched(head) || touched(last) {
                return Some(class as u8 + MIN_BITS);
            }
        }
        None
    }

    /// The best free block of a container for 2^`bits` bytes: the smallest, and among those of one size one that
    /// needs no kernel operation. `None` if there is none.
    pub(crate) fn find(
        &self,
        container: u16,
        bits: u8,
        purpose: Purpose,
        choice: Choice,
    ) -> Option<u32> {
        let container = self.container(container);
        let wanted = u64::from(bits - MIN_BITS);
        let mut classes = container.free_classes >> wanted << wanted;
        while classes != 0 {
            let class = classes.trailing_zeros();
            classes &= classes - 1;
            let head = container.free[class as usize];
            let exact = u64::from(class) == wanted;
            // The list begins with blocks in one piece and ends with those that keep their parts.
            let mut best = match (exact, purpose) {
                (true, Purpose::Objects) => head,
                _ => self.books.block(head).previous,
            };
            if self.books.block(best).untouched {
                best = head;
            }
            if choice != Choice::Touched || !self.books.block(best).untouched {
                return Some(best);
            }
        }
        None
    }

    /// Cuts a block of 2^`bits` bytes out of the free block `number` of `container` and charges the splits. On failure
    /// everything is as before.
    pub(crate) fn carve<K: Kernel>(
        &mut self,
        kernel: &mut K,
        container: u16,
        number: u32,
        bits: u8,
        purpose: Purpose,
    ) -> Result<u32> {
        let whole = *self.books.block(number);
        // A chunk that is passed on as a whole keeps a capability of its own, or the two containers could not be
        // revoked apart.
        let wrapped = purpose == Purpose::Chunk && whole.bits == bits && whole.chunk;
        let splits = u32::from(whole.bits - bits) + u32::from(wrapped);
        self.check(container, Amount::slots(splits * SPLIT.slots))?;
        self.remove_free(container, number);
        let mut number = number;
        let mut done = 0;
        let cut = loop {
            if done == splits {
                let in_pieces = purpose == Purpose::Objects && self.books.block(number).parts != 0;
                break if in_pieces {
                    self.join(kernel, number)
                } else {
                    Ok(())
                };
            }
            let part_bits = self.books.block(number).bits - u8::from(!wrapped);
            match self.split(kernel, number, part_bits, !wrapped) {
                Ok(pair) => number = self.choose_part(container, pair, bits, purpose),
                Err(error) => break Err(error),
            }
            done += 1;
        };
        self.charge(container, Amount::slots(done * SPLIT.slots));
        if let Err(error) = cut {
            let whole = self.merge(container, number);
            self.insert_free(container, whole);
            return Err(error);
        }
        self.books.block_mut(number).untouched = false;
        Ok(number)
    }

    /// Makes a free block a split one: takes up its kept parts, or makes new ones.
    fn split<K: Kernel>(
        &mut self,
        kernel: &mut K,
        number: u32,
        part_bits: u8,
        two: bool,
    ) -> Result<u32> {
        let kept = self.books.block(number).parts;
        if kept != 0 && self.books.single(kept) == two {
            // Kept parts of the other kind are of no use.
            self.join(kernel, number)?;
        }
        let mut pair = self.books.block(number).parts;
        if pair == 0 {
            pair = self.new_pair(kernel, number)?;
            let (slot, first) = (self.books.slot(number), self.books.first_slot(pair));
            if let Err(error) = kernel.split(slot, part_bits, first, 1 + u8::from(two)) {
                self.books.return_pair(pair);
                return Err(error);
            }
            for place in 0..=u32::from(two) {
                let part = self.books.block_mut(pair * 2 + place);
                let serial = part.serial;
                *part = Block {
                    state: State::Free,
                    bits: part_bits,
                    serial,
                    ..Block::ABSENT
                };
            }
            self.books.block_mut(number).parts = pair;
        } else {
            self.books.unkeep(pair);
        }
        let block = self.books.block_mut(number);
        block.state = State::Split;
        block.used = true;
        block.untouched = false;
        Ok(pair)
    }

    /// Which part to go on with; the other one becomes a free block of its own.
    fn choose_part(&mut self, container: u16, pair: u32, bits: u8, purpose: Purpose) -> u32 {
        let first = pair * 2;
        if self.books.single(pair) {
            self.books.block_mut(first).owner = container;
            return first;
        }
        let (one, other) = (*self.books.block(first), *self.books.block(first + 1));
        let in_one_piece = one.bits == bits && purpose == Purpose::Objects;
        let second = if in_one_piece {
            one.parts != 0 && other.parts == 0
        } else {
            one.parts == 0 && other.parts != 0
        };
        let chosen = first + u32::from(second);
        self.insert_free(container, chosen ^ 1);
        self.books.block_mut(chosen).owner = container;
        chosen
    }

    /// A pair of empty slots for the parts of `whole`. When slots run short, what is only kept goes.
    pub(crate) fn new_pair<K: Kernel>(&mut self, kernel: &mut K, whole: u32) -> Result<u32> {
        loop {
            if let Some(pair) = self.books.take_pair(whole) {
                return Ok(pair);
            }
            let oldest = self.books.oldest_kept().ok_or(ContainerError::NoBooks)?;
            self.join(kernel, oldest)?;
        }
    }

    /// Makes a free block one piece again in the kernel too.
    fn join<K: Kernel>(&mut self, kernel: &mut K, number: u32) -> Result<()> {
        kernel.revoke(self.books.slot(number))?;
        self.books.forget_parts(number);
        Ok(())
    }
}
