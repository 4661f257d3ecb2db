// SPDX-License-Identifier: MIT OR Apache-2.0
//! The books of a frame pool: which frames are in use, which are free, which chunk can go back.
//!
//! Frames come and go in chunks of [`CHUNK_FRAMES`]: one block of the container, allocated and given back by one call.
//! A frame's index is its place in the pool's window, so index and address follow from each other.

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
    /// Frames that were never given out are those from here on.
    next: u32,
    used: u32,
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
#[derive(Debug, Default)]
pub struct Books {
    chunks: Vec<Option<State>>,
    /// Frames that came back, the last one on top.
    returned: Vec<u32>,
    /// The chunk that has frames that were never given out.
    fresh: Option<u32>,
    used: usize,
}

/// The heap has no room for the books of another chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoBooks;

impl Books {
    /// No frames.
    pub const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            returned: Vec::new(),
            fresh: None,
            used: 0,
        }
    }

    /// Gives out a frame that is there already: one that came back, or one of the newest chunk.
    pub fn take(&mut self) -> Option<Allocated> {
        if let Some(index) = self.returned.pop() {
            self.state_mut(index)?.used += 1;
            self.used += 1;
            return Some(Allocated { index, zero: false });
        }
        let number = self.fresh?;
        let state = self.chunks.get_mut(number as usize)?.as_mut()?;
        let index = number * CHUNK_FRAMES + state.next;
        state.next += 1;
        state.used += 1;
        if state.next == state.chunk.frames {
            self.fresh = None;
        }
        self.used += 1;
        Some(Allocated { index, zero: true })
    }

    /// The number of the next chunk, after the heap has room for its books.
    ///
    /// # Errors
    /// [`NoBooks`].
    pub fn prepare(&mut self) -> Result<u32, NoBooks> {
        let number = self
            .chunks
            .iter()
            .position(Option::is_none)
            .unwrap_or(self.chunks.len());
        if number == self.chunks.len() {
            self.chunks.try_reserve(1).map_err(|_| NoBooks)?;
        }
        // Returning a frame must never need memory.
        let all = (self.chunks.len() + 1) * CHUNK_FRAMES as usize;
        self.returned
            .try_reserve(all.saturating_sub(self.returned.len()))
            .map_err(|_| NoBooks)?;
        u32::try_from(number)
            .ok()
            .filter(|number| number.checked_mul(CHUNK_FRAMES).is_some())
            .ok_or(NoBooks)
    }

    /// Enters the chunk that was made with the number of [`Books::prepare`].
    pub fn enter(&mut self, number: u32, chunk: Chunk) {
        self.retire_fresh();
        let state = Some(State {
            chunk,
            next: 0,
            used: 0,
        });
        match self.chunks.get_mut(number as usize) {
            Some(place) => *place = state,
            None => self.chunks.push(state),
        }
        self.fresh = Some(number);
    }

    /// What the newest chunk still has counts as returned from now on.
    fn retire_fresh(&mut self) {
        let Some(number) = self.fresh.take() else {
            return;
        };
        if let Some(Some(state)) = self.chunks.get_mut(number as usize) {
            let first = number * CHUNK_FRAMES;
            self.returned
                .extend(first + state.next..first + state.chunk.frames);
            state.next = state.chunk.frames;
        }
    }

    /// Takes a frame back. Of a frame that was not given out only the chunk's count can tell; it is then ignored.
    pub fn give_back(&mut self, index: u32) {
        if let Some(state) = self.state_mut(index)
            && state.used > 0
            && index % CHUNK_FRAMES < state.next
        {
            state.used -= 1;
            self.used -= 1;
            self.returned.push(index);
        }
    }

    /// Takes chunks of which no frame is in use out of the books, as long as more than `keep` frames are free.
    pub fn trim(&mut self, keep: usize, mut unmake: impl FnMut(Chunk)) {
        let mut removed = false;
        for number in (0..self.chunks.len()).rev() {
            let free = self.free();
            let Some(state) = &self.chunks[number] else {
                continue;
            };
            let frames = state.chunk.frames as usize;
            if state.used > 0 || free < keep + frames {
                continue;
            }
            if self.fresh == Some(number as u32) {
                self.fresh = None;
            }
            let chunk = state.chunk;
            self.chunks[number] = None;
            let range = number as u32 * CHUNK_FRAMES..(number as u32 + 1) * CHUNK_FRAMES;
            self.returned.retain(|index| !range.contains(index));
            unmake(chunk);
            removed = true;
        }
        if removed {
            while self.chunks.pop_if(|chunk| chunk.is_none()).is_some() {}
        }
    }

    /// Frames in use.
    pub fn used(&self) -> usize {
        self.used
    }

    /// Frames that are there and not in use.
    pub fn free(&self) -> usize {
        let fresh = self
            .fresh
            .and_then(|number| self.chunks.get(number as usize)?.as_ref());
        self.returned.len() + fresh.map_or(0, |state| (state.chunk.frames - state.next) as usize)
    }

    /// The slot of a frame's capability.
    pub fn slot(&self, index: u32) -> Option<u64> {
        let state = self.chunks.get((index / CHUNK_FRAMES) as usize)?.as_ref()?;
        let offset = index % CHUNK_FRAMES;
        (offset < state.chunk.frames).then(|| state.chunk.first_slot + u64::from(offset))
    }

    fn state_mut(&mut self, index: u32) -> Option<&mut State> {
        self.chunks
            .get_mut((index / CHUNK_FRAMES) as usize)?
            .as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[derive(Clone, Debug)]
    enum Step {
        Take,
        Give(usize),
        Trim(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => Just(Step::Take),
            9 => any::<usize>().prop_map(Step::Give),
            1 => (0usize..200).prop_map(Step::Trim),
        ]
    }

    proptest! {
        #[test]
        fn no_frame_is_given_twice_or_lost(steps in prop::collection::vec(step(), 0..1500), frames in 1u32..=CHUNK_FRAMES) {
            let mut books = Books::new();
            let mut taken = BTreeSet::new();
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
                        prop_assert!(taken.insert(allocated.index));
                        prop_assert!(!(allocated.zero && dirty.contains(&allocated.index)));
                        prop_assert!(allocated.index % CHUNK_FRAMES < frames);
                        let slot = 1000 + u64::from(allocated.index);
                        prop_assert_eq!(books.slot(allocated.index), Some(slot));
                        dirty.insert(allocated.index);
                    }
                    Step::Give(at) => {
                        if let Some(&index) = taken.iter().nth(at % (taken.len() + 1)) {
                            taken.remove(&index);
                            books.give_back(index);
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
            taken.iter().for_each(|index| books.give_back(*index));
            books.trim(0, |_| chunks -= 1);
            prop_assert_eq!((chunks, books.free(), books.used()), (0, 0, 0));
        }
    }

    #[test]
    fn what_was_never_given_out_cannot_come_back() {
        let mut books = Books::new();
        books.give_back(3);
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
        books.give_back(2);
        assert_eq!((books.used(), books.free()), (1, 3));
        books.give_back(first.index);
        books.give_back(first.index);
        assert_eq!((books.used(), books.free()), (0, 4));
        assert_eq!(books.slot(4), None);
    }
}
