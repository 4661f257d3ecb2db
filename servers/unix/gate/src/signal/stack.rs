// SPDX-License-Identifier: MIT OR Apache-2.0
//! On which stack a handler runs (`sigaltstack(2)`).
use core::fmt;
use unix_abi::linux::general::{SA_ONSTACK, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// An alternate stack, as `stack_t` has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct AlternateStack {
    /// Its lowest address.
    pub pointer: u64,
    /// `SS_DISABLE` and `SS_AUTODISARM`.
    pub flags: u32,
    /// Nothing.
    pub padding: u32,
    /// Its size in bytes.
    pub size: u64,
}

impl Default for AlternateStack {
    fn default() -> Self {
        AlternateStack::NONE
    }
}

/// There is no room for the frame: the program gets SIGSEGV.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoRoom;

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no room for a signal frame on the stack")
    }
}

impl core::error::Error for NoRoom {}

impl AlternateStack {
    /// No alternate stack.
    pub const NONE: AlternateStack = AlternateStack {
        pointer: 0,
        flags: SS_DISABLE,
        padding: 0,
        size: 0,
    };

    /// Whether it can be used.
    pub const fn is_enabled(&self) -> bool {
        self.size != 0 && self.flags & SS_DISABLE == 0
    }

    /// Whether this stack pointer is on it. With `SS_AUTODISARM` it never counts as such.
    pub const fn holds(&self, stack_pointer: u64) -> bool {
        self.flags & SS_AUTODISARM == 0 && self.contains(stack_pointer)
    }

    const fn contains(&self, stack_pointer: u64) -> bool {
        stack_pointer > self.pointer && stack_pointer - self.pointer <= self.size
    }

    /// What `sigaltstack` and the frame say of it for a thread with this stack pointer.
    #[must_use]
    pub const fn described(&self, stack_pointer: u64) -> AlternateStack {
        let state = match (self.size, self.holds(stack_pointer)) {
            (0, _) => SS_DISABLE,
            (_, true) => SS_ONSTACK,
            (_, false) => 0,
        };
        AlternateStack {
            flags: state | self.flags & SS_AUTODISARM,
            ..*self
        }
    }

    /// What the thread's alternate stack is while the handler runs.
    #[must_use]
    pub const fn after_delivery(&self) -> AlternateStack {
        if self.flags & SS_AUTODISARM != 0 {
            AlternateStack::NONE
        } else {
            *self
        }
    }

    /// Where the frame starts to grow down from. `red_zone` bytes below the program's own stack
    /// pointer stay as they are.
    pub(super) fn place(
        &self,
        stack_pointer: u64,
        action_flags: u64,
        red_zone: u64,
    ) -> Result<Placement, NoRoom> {
        let wanted = action_flags & u64::from(SA_ONSTACK) != 0 && self.is_enabled();
        let nested = self.is_enabled() && self.holds(stack_pointer);
        let start = match wanted && !nested {
            true => self.pointer.checked_add(self.size),
            false => stack_pointer.checked_sub(red_zone),
        };
        Ok(Placement {
            start: start.ok_or(NoRoom)?,
            bounded: wanted || nested,
        })
    }

    /// Whether a frame may begin at `frame`: one that has left the alternate stack at its lower end
    /// would write over something else.
    pub(super) const fn allows(&self, frame: u64, placement: Placement) -> Result<(), NoRoom> {
        if placement.bounded && !self.contains(frame) {
            Err(NoRoom)
        } else {
            Ok(())
        }
    }
}

/// Where a frame goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Placement {
    /// The frame is below this address.
    pub start: u64,
    /// It has to stay on the alternate stack.
    pub bounded: bool,
}
