// SPDX-License-Identifier: MIT OR Apache-2.0
//! The notes in memory.
use core::iter;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::Release};

use crate::Event;

/// Words of a page.
pub const PAGE_WORDS: usize = 512;

/// Words at the start of each page that hold no notes. Those of the first page say how many notes there were in all, and
/// how many ticks of the counter make a second (0: the process does not know).
const HEAD: usize = 2;

/// Notes in a page.
pub const EVENTS_A_PAGE: usize = (PAGE_WORDS - HEAD) / Event::WORDS;

/// The notes of a process, on its own side. Only one thread writes.
#[derive(Debug)]
pub struct Ring {
    words: &'static [AtomicU64],
    counter: fn() -> u64,
}

impl Ring {
    /// Notes go to the whole pages of `words`, with the time that `counter` tells, which counts `hertz` a second if that is
    /// known. `None` if there is no page.
    #[must_use]
    pub fn new(
        words: &'static [AtomicU64],
        counter: fn() -> u64,
        hertz: Option<u64>,
    ) -> Option<Self> {
        let words = &words[..words.len() / PAGE_WORDS * PAGE_WORDS];
        words.get(1)?.store(hertz.unwrap_or(0), Relaxed);
        Some(Self { words, counter })
    }

    /// Now.
    #[must_use]
    pub fn time(&self) -> u64 {
        (self.counter)()
    }

    /// Adds a note, in the place of the oldest one if there is no room.
    pub fn note(&self, event: Event) {
        let count = self.words[0].load(Relaxed);
        let capacity = (self.words.len() / PAGE_WORDS * EVENTS_A_PAGE) as u64;
        let (page, word) = place(count % capacity);
        let at = page * PAGE_WORDS + word;
        for (to, word) in self.words[at..].iter().zip(event.to_words()) {
            to.store(word, Relaxed);
        }
        // Who sees the count sees the note.
        self.words[0].store(count + 1, Release);
    }
}

/// Where the note of that place in the ring is: its page, and its first word there.
const fn place(number: u64) -> (usize, usize) {
    let (number, a_page) = (number as usize, EVENTS_A_PAGE);
    (number / a_page, HEAD + number % a_page * Event::WORDS)
}

/// What the first page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notes {
    /// How many notes there were in all.
    pub count: u64,
    /// The number of the first one that is still there.
    pub first: u64,
    /// Ticks of the counter in a second, if the process knows.
    pub hertz: Option<u64>,
}

impl Notes {
    /// Reads the first of `pages` pages. Nothing of it is believed.
    #[must_use]
    pub fn read(page: &[u64; PAGE_WORDS], pages: usize) -> Self {
        let (count, capacity) = (page[0], (pages * EVENTS_A_PAGE) as u64);
        // The process may be writing over the oldest one just now.
        let kept = if count < capacity {
            count
        } else {
            capacity.saturating_sub(1)
        };
        Self {
            count,
            first: count - kept,
            hertz: (page[1] != 0).then_some(page[1]),
        }
    }
}

/// Where the notes are that are still there, oldest first: page and first word.
pub fn places(notes: Notes, pages: usize) -> impl Iterator<Item = (usize, usize)> {
    let capacity = (pages * EVENTS_A_PAGE).max(1) as u64;
    let mut number = notes.first;
    iter::from_fn(move || {
        let at = (number < notes.count && pages > 0).then(|| place(number % capacity))?;
        number += 1;
        Some(at)
    })
}

#[cfg(test)]
mod tests {
    use std::boxed::Box;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::Kind;

    fn memory(pages: usize) -> &'static [AtomicU64] {
        Box::leak((0..pages * PAGE_WORDS).map(|_| AtomicU64::new(0)).collect())
    }

    fn event(number: u64) -> Event {
        Event {
            time: number,
            kind: Kind::Called,
            label: 1,
            words: 2,
            capability: false,
            who: 3,
        }
    }

    /// Reads as a parent does: page by page.
    fn read(words: &[AtomicU64]) -> (Notes, Vec<u64>) {
        let pages: Vec<[u64; PAGE_WORDS]> = words
            .chunks(PAGE_WORDS)
            .map(|page| core::array::from_fn(|word| page[word].load(Relaxed)))
            .collect();
        let notes = Notes::read(&pages[0], pages.len());
        let times = places(notes, pages.len()).map(|(page, word)| {
            let words = pages[page][word..][..Event::WORDS].try_into().unwrap();
            Event::from_words(words).unwrap().time
        });
        (notes, times.collect())
    }

    #[test]
    fn the_newest_notes_stay() {
        let words = memory(2);
        let ring = Ring::new(words, || 7, Some(1000)).unwrap();
        assert_eq!((ring.time(), read(words).1.len()), (7, 0));
        let capacity = 2 * EVENTS_A_PAGE as u64;
        for number in 0..3 * capacity {
            ring.note(event(number));
            let (notes, times) = read(words);
            assert_eq!((notes.count, notes.hertz), (number + 1, Some(1000)));
            let kept = (number + 1).min(if number + 1 < capacity {
                capacity
            } else {
                capacity - 1
            });
            assert_eq!(times, ((number + 1 - kept)..=number).collect::<Vec<_>>());
        }
    }

    #[test]
    fn without_a_page_there_is_no_ring() {
        assert!(Ring::new(&memory(1)[1..], || 0, None).is_none());
        assert_eq!(
            places(
                Notes {
                    count: 5,
                    first: 0,
                    hertz: None
                },
                0
            )
            .count(),
            0
        );
    }

    proptest! {
        #[test]
        fn any_first_page_leads_to_notes_within(count: u64, hertz: u64, pages in 0usize..17) {
            let mut page = [0; PAGE_WORDS];
            (page[0], page[1]) = (count, hertz);
            let notes = Notes::read(&page, pages);
            let mut number = 0;
            for (page, word) in places(notes, pages) {
                prop_assert!(page < pages && word >= HEAD && word + Event::WORDS <= PAGE_WORDS);
                number += 1;
            }
            prop_assert!(number <= pages * EVENTS_A_PAGE);
        }
    }
}
