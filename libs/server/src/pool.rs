// SPDX-License-Identifier: MIT OR Apache-2.0
//! The books of a frame pool: which frames are in use and by how many, which are free, which chunk can go back.
//!
//! Frames come and go in chunks of [`CHUNK_FRAMES`]: one block of the container, allocated and given back by one call.
//! A frame's index is its place in the pool's window, so index and address follow from each other. The free frame
//! with the lowest index is given out first: so the chunks at the end become empty, and can go back.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// Frames of a chunk, at most. Each chunk has that many indices, even if it has fewer frames.
pub const CHUNK_FRAMES: u32 = 64;

/// One piece of memory as frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The container's name for the memory.
    pub block: u64,
    /// The slot of the first frame; the others follow.
    pub first_slot: u64,
    /// How many frames; 1 … [`CHUNK_FRAMES`].
    pub frames: u32,
}

#[derive(Debug)]
struct State {
    chunk: Chunk,
    /// A bit for each frame that is not in use.
    free: u64,
    /// A bit for each frame that was never given out.
    fresh: u64,
    /// How many hold each frame.
    references: [u32; CHUNK_FRAMES as usize],
}

impl State {
    fn new(chunk: Chunk) -> Self {
        let all = u64::MAX >> (u64::BITS - chunk.frames.clamp(1, CHUNK_FRAMES));
        Self {
            chunk,
            free: all,
            fresh: all,
            references: [0; CHUNK_FRAMES as usize],
        }
    }

    fn is_unused(&self) -> bool {
        self.free.count_ones() == self.chunk.frames
    }
}

/// A frame that was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocated {
    /// Its index.
    pub index: u32,
    /// Whether it is all zero: it was never given out before.
    pub zero: bool,
}

/// The books.
#[derive(Debug)]
pub struct Books {
    chunks: Vec<Option<Box<State>>>,
    /// A bit for each chunk that has a free frame.
    with_free: Vec<u64>,
    /// No word before this one has a bit.
    hint: usize,
    used: usize,
    free: usize,
}

/// The indices are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoIndices;

impl Books {
    /// Bytes of heap that [`Books::enter`] takes.
    pub const ENTRY_BYTES: usize = size_of::<State>();

    /// No frames yet, and room for `chunks` chunks.
    pub fn new(chunks: usize) -> Self {
        let mut places = Vec::new();
        places.resize_with(chunks, || None);
        Self {
            chunks: places,
            with_free: alloc::vec![0; chunks.div_ceil(64)],
            hint: 0,
            used: 0,
            free: 0,
        }
    }

    /// Gives out a frame that is there already; one holds it then.
    pub fn take(&mut self) -> Option<Allocated> {
        let skipped = self.with_free[self.hint..]
            .iter()
            .position(|word| *word != 0)?;
        self.hint += skipped;
        let word = &mut self.with_free[self.hint];
        let number = self.hint * 64 + word.trailing_zeros() as usize;
        let state = self.chunks[number].as_mut()?;
        let offset = state.free.trailing_zeros();
        let zero = state.fresh >> offset & 1 == 1;
        state.free &= !(1 << offset);
        state.fresh &= !(1 << offset);
        state.references[offset as usize] = 1;
        if state.free == 0 {
            *word &= *word - 1;
        }
        self.used += 1;
        self.free -= 1;
        let index = number as u32 * CHUNK_FRAMES + offset;
        Some(Allocated { index, zero })
    }

    /// One more holds a frame that is in use.
    pub fn share(&mut self, index: u32) {
        if let Some(state) = self.state_mut(index) {
            let count = &mut state.references[(index % CHUNK_FRAMES) as usize];
            *count += u32::from(*count > 0);
        }
    }

    /// How many hold a frame.
    pub fn references(&self, index: u32) -> u32 {
        self.state(index)
            .map_or(0, |state| state.references[(index % CHUNK_FRAMES) as usize])
    }

    /// One holds a frame no more; the last one frees it. A frame that is not in use is ignored.
    pub fn give_back(&mut self, index: u32) {
        let number = (index / CHUNK_FRAMES) as usize;
        let offset = index % CHUNK_FRAMES;
        let Some(state) = self.state_mut(index) else {
            return;
        };
        let count = &mut state.references[offset as usize];
        *count = match count.checked_sub(1) {
            Some(count) => count,
            None => return,
        };
        if *count == 0 {
            state.free |= 1 << offset;
            self.with_free[number / 64] |= 1 << (number % 64);
            self.hint = self.hint.min(number / 64);
            self.used -= 1;
            self.free += 1;
        }
    }

    /// The number of the next chunk.
    ///
    /// # Errors
    /// [`NoIndices`].
    pub fn prepare(&self) -> Result<u32, NoIndices> {
        let free = self.chunks.iter().position(Option::is_none);
        free.map(|number| number as u32).ok_or(NoIndices)
    }

    /// Enters the chunk that was made with the number of [`Books::prepare`].
    pub fn enter(&mut self, number: u32, chunk: Chunk) {
        let state = State::new(chunk);
        self.free += state.free.count_ones() as usize;
        let number = number as usize;
        self.chunks[number] = Some(Box::new(state));
        self.with_free[number / 64] |= 1 << (number % 64);
        self.hint = self.hint.min(number / 64);
    }

    /// Takes chunks of which no frame is in use out of the books, as long as `keep` frames remain free.
    pub fn trim(&mut self, keep: usize, mut unmake: impl FnMut(Chunk)) {
        for number in (0..self.chunks.len()).rev() {
            let Some(state) = &self.chunks[number] else {
                continue;
            };
            let chunk = state.chunk;
            let frames = chunk.frames as usize;
            if !state.is_unused() || self.free < keep + frames {
                continue;
            }
            self.chunks[number] = None;
            self.with_free[number / 64] &= !(1 << (number % 64));
            self.free -= frames;
            unmake(chunk);
        }
    }

    /// Frames in use.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Frames that are there and not in use.
    pub fn free(&self) -> usize {
        self.free
    }

    /// The slot of a frame's capability.
    pub fn slot(&self, index: u32) -> Option<u64> {
        let chunk = self.state(index)?.chunk;
        let offset = index % CHUNK_FRAMES;
        (offset < chunk.frames).then(|| chunk.first_slot + u64::from(offset))
    }

    fn state(&self, index: u32) -> Option<&State> {
        self.chunks.get((index / CHUNK_FRAMES) as usize)?.as_deref()
    }

    fn state_mut(&mut self, index: u32) -> Option<&mut State> {
        self.chunks
            .get_mut((index / CHUNK_FRAMES) as usize)?
            .as_deref_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[derive(Clone, Debug)]
    enum Step {
        Take,
        Give(usize),
        Share(usize),
        Trim(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => Just(Step::Take),
            9 => any::<usize>().prop_map(Step::Give),
            2 => any::<usize>().prop_map(Step::Share),
            1 => (0usize..200).prop_map(Step::Trim),
        ]
    }

    proptest! {
        #[test]
        fn no_frame_is_given_twice_or_lost(steps in prop::collection::vec(step(), 0..1500), frames in 1u32..=CHUNK_FRAMES) {
            let mut books = Books::new(1500);
            let mut taken = BTreeMap::new();
            let mut dirty = BTreeSet::new();
            let mut chunks = 0usize;
            for step in steps {
                match step {
                    Step::Take => {
                        let allocated = match books.take() {
                            Some(allocated) => allocated,
                            None => {
                                prop_assert_eq!(books.free(), 0);
                                let number = books.prepare().unwrap();
                                let first_slot = 1000 + u64::from(number) * 64;
                                books.enter(number, Chunk { block: 1, first_slot, frames });
                                let range = number * CHUNK_FRAMES..(number + 1) * CHUNK_FRAMES;
                                dirty.retain(|index| !range.contains(index));
                                chunks += 1;
                                books.take().unwrap()
                            }
                        };
                        let lowest = (0..allocated.index).all(|index| taken.contains_key(&index) || books.slot(index).is_none());
                        prop_assert!(lowest);
                        prop_assert!(taken.insert(allocated.index, 1).is_none());
                        prop_assert!(!(allocated.zero && dirty.contains(&allocated.index)));
                        prop_assert!(allocated.index % CHUNK_FRAMES < frames);
                        let slot = 1000 + u64::from(allocated.index);
                        prop_assert_eq!(books.slot(allocated.index), Some(slot));
                        dirty.insert(allocated.index);
                    }
                    Step::Give(at) => {
                        let at = at % (taken.len() + 1);
                        if let Some((&index, count)) = taken.iter_mut().nth(at) {
                            books.give_back(index);
                            *count -= 1;
                            let left = *count;
                            prop_assert_eq!(books.references(index), left);
                            if left == 0 {
                                taken.remove(&index);
                            }
                        }
                    }
                    Step::Share(at) => {
                        let at = at % (taken.len() + 1);
                        if let Some((&index, count)) = taken.iter_mut().nth(at) {
                            books.share(index);
                            *count += 1;
                            prop_assert_eq!(books.references(index), *count);
                        }
                    }
                    Step::Trim(keep) => {
                        let free = books.free();
                        books.trim(keep, |chunk| {
                            let number = (chunk.first_slot - 1000) as u32 / 64;
                            let range = number * CHUNK_FRAMES..(number + 1) * CHUNK_FRAMES;
                            assert!(taken.range(range).next().is_none());
                            chunks -= 1;
                        });
                        prop_assert!(books.free() >= free.min(keep));
                    }
                }
                prop_assert_eq!(books.used(), taken.len());
                prop_assert_eq!(books.free(), chunks * frames as usize - taken.len());
            }
            for (index, count) in taken {
                (0..count).for_each(|_| books.give_back(index));
            }
            books.trim(0, |_| chunks -= 1);
            prop_assert_eq!((chunks, books.free(), books.used()), (0, 0, 0));
        }
    }

    #[test]
    fn what_was_never_given_out_cannot_come_back() {
        let mut books = Books::new(64);
        books.give_back(3);
        books.share(3);
        let number = books.prepare().unwrap();
        books.enter(
            number,
            Chunk {
                block: 1,
                first_slot: 2,
                frames: 4,
            },
        );
        let first = books.take().unwrap();
        books.share(2);
        books.give_back(2);
        assert_eq!((books.used(), books.free()), (1, 3));
        books.give_back(first.index);
        books.give_back(first.index);
        assert_eq!((books.used(), books.free()), (0, 4));
        assert_eq!(books.slot(4), None);
    }
}
