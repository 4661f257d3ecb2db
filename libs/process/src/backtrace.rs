// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a thread is and how it came there: return addresses, found by following frame pointers.
//!
//! Everything on seL4 is compiled so that a function keeps its caller's frame pointer and its own return address next to
//! each other on the stack and the frame pointer register leads there, on both architectures. The addresses are for the
//! host, which has the programs with their symbols.
use core::fmt;
use core::ops::Range;

/// The most callers that are told: their addresses fit a log line.
const MOST: usize = 48;

/// Where a thread is and how it came there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backtrace {
    /// The instruction.
    at: u64,
    /// The return address, if the function that the instruction is in keeps none on the stack. Whether it does, the host
    /// knows.
    link: Option<u64>,
    /// The return addresses on the stack, innermost first.
    callers: [u64; MOST],
    length: usize,
}

impl Backtrace {
    /// Follows the frame pointers from `frame` on. `read` gives the two words at an address within `stack`. What is on the
    /// stack need not make sense: at the first frame pointer that leads out of it, or not upwards, the end is reached.
    pub fn walk(
        at: u64,
        link: Option<u64>,
        frame: u64,
        stack: &Range<u64>,
        mut read: impl FnMut(u64) -> Option<[u64; 2]>,
    ) -> Self {
        let mut walk = Self {
            at,
            link,
            callers: [0; MOST],
            length: 0,
        };
        let (mut frame, mut lowest) = (frame, stack.start);
        while frame >= lowest && frame.is_multiple_of(8) && frame.saturating_add(16) <= stack.end {
            let Some([next, caller]) = read(frame) else {
                break;
            };
            let Some(place) = walk.callers.get_mut(walk.length).filter(|_| caller != 0) else {
                break;
            };
            *place = caller;
            walk.length += 1;
            (lowest, frame) = (frame + 16, next);
        }
        walk
    }

    /// The return addresses on the stack, innermost first.
    #[must_use]
    pub fn callers(&self) -> &[u64] {
        &self.callers[..self.length]
    }
}

/// In the form that `images/run` reads: the word `backtrace` and addresses, that of the link in parentheses.
impl fmt::Display for Backtrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backtrace {:#x}", self.at)?;
        if let Some(link) = self.link {
            write!(f, " ({link:#x})")?;
        }
        self.callers()
            .iter()
            .try_for_each(|caller| write!(f, " {caller:#x}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::vec::Vec;

    use super::*;

    const STACK: Range<u64> = 0x1000..0x2000;

    fn walk(frame: u64, words: &[(u64, [u64; 2])]) -> Backtrace {
        Backtrace::walk(1, None, frame, &STACK, |address| {
            let mut words = words.iter();
            words
                .find(|(at, _)| *at == address)
                .map(|(_, words)| *words)
        })
    }

    #[test]
    fn frames_lead_to_callers() {
        let stack = [
            (0x1100, [0x1180, 0x40_0100]),
            (0x1180, [0x1ff0, 0x40_0200]),
            (0x1ff0, [0, 0x40_0300]),
        ];
        let whole = walk(0x1100, &stack);
        assert_eq!(whole.callers(), [0x40_0100, 0x40_0200, 0x40_0300]);
        let text = std::format!("{whole}");
        assert_eq!(text, "backtrace 0x1 0x400100 0x400200 0x400300");
        let leaf = Backtrace::walk(1, Some(2), 0, &STACK, |_| None);
        assert_eq!(std::format!("{leaf}"), "backtrace 0x1 (0x2)");
    }

    #[test]
    fn what_makes_no_sense_ends_it() {
        let callers = |frame, words: &[(u64, [u64; 2])]| walk(frame, words).length;
        // Outside, not aligned, at the very end, not readable.
        for frame in [0, 0x0ff8, 0x1104, 0x1ff8, 0x2000, u64::MAX, 0x1100] {
            assert_eq!(callers(frame, &[(0x1ff8, [0, 1])]), 0);
        }
        // A circle, a step down, an overlap, no return address.
        assert_eq!(callers(0x1100, &[(0x1100, [0x1100, 1])]), 1);
        assert_eq!(
            callers(0x1100, &[(0x1100, [0x1080, 1]), (0x1080, [0, 2])]),
            1
        );
        assert_eq!(
            callers(0x1100, &[(0x1100, [0x1108, 1]), (0x1108, [0, 2])]),
            1
        );
        assert_eq!(
            callers(0x1100, &[(0x1100, [0x1200, 1]), (0x1200, [0x1300, 0])]),
            1
        );
    }

    proptest! {
        #[test]
        fn any_stack_comes_to_an_end(words: Vec<[u64; 2]>, offsets: Vec<u64>, start: u64) {
            let near = |value: u64| STACK.start + value % 0x1100;
            let mut steps = 0;
            let mut last = 0;
            let walk = Backtrace::walk(0, None, near(start), &STACK, |address| {
                assert!(STACK.contains(&address) && address + 16 <= STACK.end && address >= last);
                last = address + 16;
                steps += 1;
                let offset = offsets.get(steps % offsets.len().max(1)).copied().unwrap_or(0);
                words.get(steps % words.len().max(1)).map(|word| [near(offset), word[1]])
            });
            prop_assert!(walk.length <= steps && steps <= MOST + 1);
        }
    }
}
