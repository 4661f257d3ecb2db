// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which slots of the process' own CNode are free.
//!
//! Needs no heap: the heap itself grows through it. Slots are given out in ascending order; only what comes
//! back is remembered, one bit each.

/// Gives out slots of a range.
#[derive(Debug)]
pub struct SlotAllocator<'a> {
    /// One bit for each slot of the range; set if it was given back.
    returned: &'a mut [u64],
    first: u64,
    /// The first slot that was never given out.
    next: u64,
    end: u64,
    /// How many bits are set.
    count: u64,
    /// No word before this one has a bit set.
    hint: usize,
}

/// There are not so many free slots in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoSlots {
    /// How many were asked.
    pub asked: u64,
}

impl core::fmt::Display for NoSlots {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "no {} free slots in a row: give the server more slots in the image description",
            self.asked
        )
    }
}

impl core::error::Error for NoSlots {}

impl<'a> SlotAllocator<'a> {
    /// Slots `first` … `end - 1` are free. Slots that come back are remembered as far as `returned` reaches (one bit each, all
    /// zero at first); the others are lost. It may be empty until [`SlotAllocator::remember_in`].
    pub fn new(first: u64, end: u64, returned: &'a mut [u64]) -> Self {
        Self {
            returned,
            first,
            next: first,
            end: end.max(first),
            count: 0,
            hint: 0,
        }
    }

    /// How many words [`SlotAllocator::remember_in`] should get.
    pub fn words(&self) -> usize {
        (self.end - self.first).div_ceil(64) as usize
    }

    /// From now on slots that come back are remembered there; `returned` is all zero.
    pub fn remember_in(&mut self, returned: &'a mut [u64]) {
        self.returned = returned;
        self.count = 0;
        self.hint = 0;
    }

    /// The first slot that was never given out: all from here on are free.
    pub fn first_unused(&self) -> u64 {
        self.next
    }

    /// How many slots are free, not necessarily in a row.
    pub fn available(&self) -> u64 {
        self.end - self.next + self.count
    }

    /// A free slot.
    ///
    /// # Errors
    /// [`NoSlots`].
    pub fn allocate(&mut self) -> Result<u64, NoSlots> {
        if self.count > 0 {
            let words = self.returned.iter_mut().enumerate().skip(self.hint);
            for (index, word) in words {
                if *word != 0 {
                    let bit = word.trailing_zeros();
                    *word &= *word - 1;
                    self.hint = index;
                    self.count -= 1;
                    return Ok(self.first + index as u64 * 64 + u64::from(bit));
                }
            }
        }
        self.allocate_row(1)
    }

    /// The first of `count` free slots in a row.
    ///
    /// # Errors
    /// [`NoSlots`].
    pub fn allocate_row(&mut self, count: u64) -> Result<u64, NoSlots> {
        if count <= self.end - self.next {
            let slot = self.next;
            self.next += count;
            return Ok(slot);
        }
        if self.returned.len() >= self.words() && self.available() >= count {
            // A row may begin among those that came back and end among those that were never given out.
            let (rest, end) = (self.next, self.end);
            self.next = end;
            self.free(rest, end - rest);
        }
        let offset = self.find_row(count).ok_or(NoSlots { asked: count })?;
        for offset in offset..offset + count {
            self.returned[(offset / 64) as usize] &= !(1 << (offset % 64));
        }
        self.count -= count;
        Ok(self.first + offset)
    }

    /// Slots that are empty again. What was not given out, or is given back twice, is ignored.
    pub fn free(&mut self, slot: u64, count: u64) {
        for slot in slot..slot.saturating_add(count) {
            if !(self.first..self.next).contains(&slot) {
                continue;
            }
            let offset = slot - self.first;
            let index = (offset / 64) as usize;
            if let Some(word) = self.returned.get_mut(index)
                && *word & 1 << (offset % 64) == 0
            {
                *word |= 1 << (offset % 64);
                self.count += 1;
                self.hint = self.hint.min(index);
            }
        }
    }

    fn find_row(&self, count: u64) -> Option<u64> {
        if count == 0 || self.count < count {
            return None;
        }
        let mut run = 0;
        for (index, word) in self.returned.iter().enumerate() {
            if *word == 0 {
                run = 0;
                continue;
            }
            for bit in 0..64 {
                run = if word & 1 << bit != 0 { run + 1 } else { 0 };
                if run == count {
                    return Some(index as u64 * 64 + bit + 1 - count);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[derive(Clone, Debug)]
    enum Step {
        One,
        Row(u64),
        Free(usize, u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::One),
            1 => (1u64..40).prop_map(Step::Row),
            3 => (any::<usize>(), 1u64..50).prop_map(|(at, count)| Step::Free(at, count)),
        ]
    }

    proptest! {
        #[test]
        fn no_slot_is_given_twice_or_lost(steps in prop::collection::vec(step(), 0..400)) {
            let (first, end) = (9, 230);
            let mut words = [0; 4];
            let mut slots = SlotAllocator::new(first, end, &mut words);
            let mut taken = BTreeSet::new();
            for step in steps {
                match step {
                    Step::One => match slots.allocate() {
                        Ok(slot) => prop_assert!((first..end).contains(&slot) && taken.insert(slot)),
                        Err(NoSlots { .. }) => prop_assert_eq!(taken.len() as u64, end - first),
                    },
                    Step::Row(count) => match slots.allocate_row(count) {
                        Ok(slot) => {
                            for slot in slot..slot + count {
                                prop_assert!((first..end).contains(&slot) && taken.insert(slot));
                            }
                        }
                        Err(NoSlots { asked }) => {
                            prop_assert_eq!(asked, count);
                            let free = |slot: u64| (slot..slot + count).all(|s| s < end && !taken.contains(&s));
                            prop_assert!(!(first..end).any(free));
                        }
                    },
                    Step::Free(at, count) => {
                        if let Some(&slot) = taken.iter().nth(at % (taken.len() + 1)) {
                            // Some of these may be free already: that changes nothing.
                            slots.free(slot, count);
                            for slot in slot..slot + count {
                                taken.remove(&slot);
                            }
                        }
                    }
                }
                prop_assert_eq!(slots.available(), end - first - taken.len() as u64);
            }
        }
    }

    #[test]
    fn without_memory_what_comes_back_is_lost() {
        let mut slots = SlotAllocator::new(1, 3, &mut []);
        assert_eq!(slots.allocate(), Ok(1));
        slots.free(1, 1);
        assert_eq!(slots.allocate(), Ok(2));
        assert_eq!(slots.allocate(), Err(NoSlots { asked: 1 }));
    }
}
