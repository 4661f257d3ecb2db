// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a block is found and cut to size.
use crate::books::State;
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

impl<K: Kernel> Tree<K> {
    /// Allocates a block of 2^`bits` bytes for objects. The caller retypes it; [`Tree::block_slot`] tells where it is.
    ///
    /// # Errors
    /// [`ContainerError::Limit`], [`ContainerError::NoMemory`], [`ContainerError::NoBooks`], [`ContainerError::BadObject`], [`ContainerError::Gone`],
    /// [`ContainerError::Kernel`]; [`ContainerError::Busy`] with [`Tree::patient`].
    pub fn allocate(&mut self, id: ContainerId, bits: u8) -> Result<BlockHandle> {
        self.living(id)?;
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(ContainerError::BadObject);
        }
        self.check(id.0, Amount::bytes(1 << bits))?;
        let number = self.obtain(id.0, bits, Purpose::Objects)?;
        if let Err(error) = self.ready(number) {
            let number = self.free(id.0, number, Amount::bytes(1 << bits));
            self.rise_all(number);
            return Err(error);
        }
        let block = self.books.block_mut(number);
        (block.state, block.used, block.links.next) = (State::Objects, true, 0);
        block.serial = block.serial.wrapping_add(1);
        Ok(self.books.handle(number))
    }

    /// The slot of an allocated block's untyped capability.
    ///
    /// # Errors
    /// [`ContainerError::NoSuchBlock`], [`ContainerError::Gone`].
    pub fn block_slot(&self, id: ContainerId, handle: BlockHandle) -> Result<Slot> {
        Ok(self.books.block(self.allocated(id, handle)?).slot)
    }

    /// Whether something can be made of a block soon: the kernel clears it first, unless it is clear.
    fn ready(&mut self, number: u32) -> Result {
        let block = self.books.block(number);
        if self.patient && block.is_unclear() {
            self.unclear = Some(self.books.handle(number));
            return Err(ContainerError::Busy);
        }
        Ok(())
    }

    /// The slot of a large block that was given back and that nobody had since, if it is in one piece and not clear.
    #[must_use]
    pub fn stale(&self, handle: BlockHandle) -> Option<Slot> {
        let block = self.books.blocks.get(handle.place())?;
        let free = block.state == State::Free && block.parts == 0;
        let same = self.books.handle(handle.place()) == handle;
        (free && same && block.is_unclear()).then_some(block.slot)
    }

    /// The large boot untyped that will be used next when there is nothing else, if it is [`Tree::stale`].
    #[must_use]
    pub fn untouched(&self) -> Option<BlockHandle> {
        let next = self.untouched.smallest(MIN_BITS)?;
        self.books.block(next).used.then(|| self.books.handle(next))
    }

    /// The kernel has cleared a block that is still [`Tree::stale`].
    pub fn cleared(&mut self, handle: BlockHandle) {
        if self.stale(handle).is_some() {
            self.books.block_mut(handle.place()).used = false;
        }
    }

    /// The container that an allocated block belongs to; `None` if the handle is of none.
    #[must_use]
    pub fn owner(&self, handle: BlockHandle) -> Option<ContainerId> {
        let block = self.books.allocated(handle)?;
        Some(ContainerId(block.owner))
    }

    /// Remembers a number for an allocated block: what it is to the server. 0 at first; ignored if there is no such block.
    pub fn set_tag(&mut self, handle: BlockHandle, tag: u32) {
        if self.books.allocated(handle).is_some() {
            self.books.block_mut(handle.place()).links.next = tag;
        }
    }

    /// The number that [`Tree::set_tag`] set last; 0 if there is no such block.
    #[must_use]
    pub fn tag(&self, handle: BlockHandle) -> u32 {
        let found = self.books.allocated(handle);
        found.map_or(0, |block| block.links.next)
    }

    /// Cuts a block of 2^`bits` bytes out of the best free block of `container`: the smallest, and among those of one size one
    /// that needs no kernel operation. Charges the splits, and the bytes of what is for objects, which were checked. On failure
    /// everything is as before.
    pub(crate) fn carve(&mut self, container: u16, bits: u8, purpose: Purpose) -> Result<u32> {
        let found = self.container(container).free.smallest(bits);
        let first = found.ok_or(ContainerError::NoMemory { bits })?;
        let block = self.books.block(first);
        // The list begins with blocks in one piece and ends with those that keep their parts.
        let mut number = match purpose {
            Purpose::Objects if block.bits == bits => first,
            _ => block.links.previous,
        };
        let block = self.books.block(number);
        // A chunk that is passed on as a whole keeps a capability of its own, or the two containers could not be
        // revoked apart: it has one part, which is as large.
        let wrapped = purpose == Purpose::Chunk && block.bits == bits && block.chunk;
        let splits = u32::from(block.bits - bits) + u32::from(wrapped);
        // All is charged at once; what turns out not to be done is discharged again.
        let mut undone = Amount::slots(splits * SPLIT.slots);
        self.check(container, undone)?;
        if purpose == Purpose::Objects {
            undone.bytes = 1 << bits;
        }
        self.charge(container, undone);
        self.remove_free(number);
        let mut cut = (0..splits).try_for_each(|_| {
            number = self.split(number, bits, purpose)?;
            undone = undone.minus(SPLIT);
            Ok(())
        });
        if purpose == Purpose::Objects && cut.is_ok() {
            cut = self.join(number);
        }
        if let Err(error) = cut {
            self.free(container, number, undone);
            return Err(error);
        }
        Ok(number)
    }

    /// Makes a free block a split one: takes up its kept parts, or makes new ones. Gives the part to go on with, for
    /// 2^`bits` bytes; the other one becomes a free block of its own.
    fn split(&mut self, number: u32, bits: u8, purpose: Purpose) -> Result<u32> {
        let part_bits = bits.max(self.books.block(number).bits - 1);
        let kept = self.books.block(number).parts;
        if kept != 0 && self.books.block(kept).bits == part_bits {
            self.books.unkeep(kept);
        } else {
            self.make_parts(number, part_bits)?;
        }
        let block = self.books.block_mut(number);
        (block.state, block.used) = (State::Split, true);
        // Who clears it now does not clear what is made of it.
        block.serial = block.serial.wrapping_add(1);
        let (owner, first) = (block.owner, block.parts);
        let in_one_piece = purpose == Purpose::Objects && part_bits == bits;
        let suits = |part| {
            let part = self.books.block(part);
            part.state == State::Free && (part.parts == 0) == in_one_piece
        };
        let chosen = first + u32::from(!suits(first) && suits(first + 1));
        let other = chosen ^ 1;
        if self.books.block(other).state == State::Free {
            self.insert_free(owner, other);
        }
        self.books.block_mut(chosen).owner = owner;
        Ok(chosen)
    }

    /// Retypes a free block into one or two parts. Kept ones of the other kind are of no use.
    fn make_parts(&mut self, number: u32, bits: u8) -> Result {
        self.join(number)?;
        self.ready(number)?;
        let first = self.new_pair(number)?;
        let whole = self.books.block(number);
        let count = 1 + u8::from(bits < whole.bits);
        self.kernel
            .split(whole.slot, bits, self.books.block(first).slot, count)
            .inspect_err(|_| self.books.return_pair(first))?;
        for part in first..first + u32::from(count) {
            let part = self.books.block_mut(part);
            (part.state, part.bits, part.used) = (State::Free, bits, false);
        }
        self.books.block_mut(number).parts = first;
        Ok(())
    }

    /// A pair of empty slots for the parts of `whole`; its first block. When slots run short, what is only kept goes.
    pub(crate) fn new_pair(&mut self, whole: u32) -> Result<u32> {
        loop {
            let taken = self.books.take_pair(whole);
            if taken.is_ok() || self.books.kept == 0 {
                return taken;
            }
            self.join(self.books.block(self.books.kept).whole)?;
        }
    }

    /// Makes a free block one piece in the kernel too.
    fn join(&mut self, number: u32) -> Result {
        let block = self.books.block(number);
        if block.parts != 0 {
            self.kernel.revoke(block.slot)?;
            self.forget_parts(number);
        }
        Ok(())
    }
}
