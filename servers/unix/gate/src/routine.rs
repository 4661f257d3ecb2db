// SPDX-License-Identifier: MIT OR Apache-2.0
//! The routines in the gate page, by their places.
//!
//! Every routine has a block of [`BLOCK`] bytes, and those that end in a trap have its instruction
//! at the same place in their block. So all addresses are constants, and the world knows from the
//! program counter alone which routine a trap came from.
use crate::layout::PAGE_SIZE;

/// Bytes of the gate page for each routine.
pub const BLOCK: usize = 256;
/// Where in its block a routine traps: it has room for the longest trap instruction behind it.
pub const TRAP: usize = BLOCK - 4;

/// What the gate page can do. What each takes and gives is described at the head of this crate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
#[repr(usize)]
pub enum Routine {
    /// Stores FP registers (and thread pointer) into the context slot at argument 0, then traps.
    SaveState = 0,
    /// Loads them from the context slot at argument 0, then traps.
    RestoreState = 1,
    /// Resets them to what a new program has, then traps.
    InitialState = 2,
    /// Stores the FP registers into the signal frame at the stack pointer, then enters the handler.
    /// Does not trap.
    SignalEntry = 3,
    /// Loads the FP registers from the FP part of a signal frame at argument 0, then traps.
    SignalReturn = 4,
}

impl Routine {
    /// All of them.
    pub const ALL: [Routine; 5] = [
        Routine::SaveState,
        Routine::RestoreState,
        Routine::InitialState,
        Routine::SignalEntry,
        Routine::SignalReturn,
    ];

    /// Where its block starts in the gate page.
    pub const fn offset(self) -> usize {
        self as usize * BLOCK
    }

    /// Whose block an offset in the gate page is in.
    pub const fn at(offset: usize) -> Option<Routine> {
        match offset / BLOCK {
            index if index < Self::ALL.len() => Some(Self::ALL[index]),
            _ => None,
        }
    }

    /// The routine that a thread at this address is in, given where the gate page is.
    pub const fn containing(gate: usize, pc: usize) -> Option<Routine> {
        match pc.checked_sub(gate) {
            Some(offset) if offset < PAGE_SIZE => Self::at(offset),
            _ => None,
        }
    }

    /// The routine that traps with the program counter at this address, given where the gate page
    /// is.
    pub const fn trapping_at(gate: usize, pc: usize) -> Option<Routine> {
        match Self::containing(gate, pc) {
            Some(Routine::SignalEntry) | None => None,
            Some(routine) if pc - gate - routine.offset() == TRAP => Some(routine),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let gate = 0x7000_0000;
        for routine in Routine::ALL {
            let start = gate + routine.offset();
            assert_eq!(Routine::containing(gate, start), Some(routine));
            assert_eq!(Routine::containing(gate, start + BLOCK - 1), Some(routine));
            let trap = (routine != Routine::SignalEntry).then_some(routine);
            assert_eq!(Routine::trapping_at(gate, start + TRAP), trap);
            assert_eq!(Routine::trapping_at(gate, start + TRAP - 1), None);
            assert_eq!(Routine::trapping_at(gate, start), None);
        }
        for outside in [
            0,
            gate - 1,
            gate + Routine::ALL.len() * BLOCK,
            gate + PAGE_SIZE,
            usize::MAX,
        ] {
            assert_eq!(Routine::containing(gate, outside), None);
            assert_eq!(Routine::trapping_at(gate, outside), None);
        }
    }
}
