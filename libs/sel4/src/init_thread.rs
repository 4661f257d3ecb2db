// SPDX-License-Identifier: MIT OR Apache-2.0

use core::fmt;
use core::marker::PhantomData;
use core::ops::Range;

use crate::{CPtr, CPtrBits, Cap, CapType, cap_type, sys};

/// A slot of the first thread's CNode that holds a capability of type `T`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot<T: CapType = cap_type::Unspecified> {
    index: usize,
    object: PhantomData<T>,
}

impl<T: CapType> Slot<T> {
    /// The slot with this index.
    #[must_use]
    pub const fn from_index(index: usize) -> Self {
        Self {
            index,
            object: PhantomData,
        }
    }

    /// Its index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index
    }

    /// Its address's word: the first thread's CSpace resolves an index as an address.
    #[must_use]
    pub const fn cptr_bits(self) -> CPtrBits {
        self.index as CPtrBits
    }

    /// Its address.
    #[must_use]
    pub const fn cptr(self) -> CPtr {
        CPtr::from_bits(self.cptr_bits())
    }

    /// The capability in it.
    #[must_use]
    pub const fn cap(self) -> Cap<T> {
        self.cptr().cast()
    }

    /// The same slot, with another belief about what it holds.
    #[must_use]
    pub const fn cast<U: CapType>(self) -> Slot<U> {
        Slot::from_index(self.index)
    }

    /// The same slot, without a belief about what it holds.
    #[must_use]
    pub const fn upcast(self) -> Slot {
        self.cast()
    }
}

impl<T: CapType> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", T::NAME, self.index)
    }
}

/// A range of slots.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlotRegion<T: CapType = cap_type::Unspecified> {
    start: usize,
    end: usize,
    object: PhantomData<T>,
}

impl<T: CapType> SlotRegion<T> {
    /// The slots of a range of indices.
    #[must_use]
    pub const fn from_range(range: Range<usize>) -> Self {
        Self {
            start: range.start,
            end: range.end,
            object: PhantomData,
        }
    }

    /// From the kernel's type.
    #[must_use]
    pub const fn from_sys(region: sys::seL4_SlotRegion) -> Self {
        Self::from_range(region.start as usize..region.end as usize)
    }

    /// The first index.
    #[must_use]
    pub const fn start(&self) -> usize {
        self.start
    }

    /// The index after the last.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.end
    }

    /// The indices.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// How many slots there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slot at a position of the region.
    ///
    /// # Panics
    /// If the region has no such position.
    #[must_use]
    pub fn index(&self, position: usize) -> Slot<T> {
        assert!(position < self.len(), "the slot region is too short");
        Slot::from_index(self.start + position)
    }

    /// All slots.
    pub fn slots(&self) -> impl Iterator<Item = Slot<T>> + use<T> {
        self.range().map(Slot::from_index)
    }
}

impl<T: CapType> fmt::Debug for SlotRegion<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{:?}", T::NAME, self.range())
    }
}

/// The slots that always hold the same.
pub mod slot {
    use super::Slot;
    use crate::{cap_type, sys};

    macro_rules! declare_slots {
        ($($(#[$attribute:meta])* $name:ident: $type:ident = $index:ident;)*) => {
            $(
                $(#[$attribute])*
                pub const $name: Slot<cap_type::$type> = Slot::from_index(sys::$index as usize);
            )*
        };
    }

    declare_slots! {
        /// Empty.
        NULL: Null = seL4_CapNull;
        /// The first thread.
        TCB: Tcb = seL4_CapInitThreadTCB;
        /// Its CNode.
        CNODE: CNode = seL4_CapInitThreadCNode;
        /// Its address space.
        VSPACE: VSpace = seL4_CapInitThreadVSpace;
        /// The right to make interrupt handlers.
        IRQ_CONTROL: IrqControl = seL4_CapIRQControl;
        /// The right to make pools of address space identifiers.
        ASID_CONTROL: AsidControl = seL4_CapASIDControl;
        /// The pool that the first thread's identifier comes from.
        ASID_POOL: AsidPool = seL4_CapInitThreadASIDPool;
        /// The frame of the boot information.
        BOOT_INFO_FRAME: Granule = seL4_CapBootInfoFrame;
        /// The frame of the first thread's IPC buffer.
        IPC_BUFFER: Granule = seL4_CapInitThreadIPCBuffer;
        /// The right to move threads between scheduling domains.
        DOMAIN: DomainSet = seL4_CapDomain;
    }

    #[cfg(target_arch = "x86_64")]
    declare_slots! {
        /// All I/O ports.
        IO_PORT: IOPort = seL4_CapIOPort;
    }
}

/// Stops the first thread: what a root task does that has nothing left to do.
pub fn suspend_self() -> ! {
    loop {
        // It can only fail to stop if the slot was changed; then there is nothing but to try again.
        let _ = slot::TCB.cap().tcb_suspend();
    }
}
