// SPDX-License-Identifier: MIT OR Apache-2.0
//! Addresses of capabilities, and capabilities with types.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;

use crate::{CapType, NoExplicitInvocationContext, NoInvocationContext, WORD_SIZE, Word, cap_type};

/// The word of a [`CPtr`].
pub type CPtrBits = Word;

/// The address of a capability in this thread's CSpace, resolved with all bits of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct CPtr {
    bits: CPtrBits,
}

impl CPtr {
    /// The address 0, by convention an empty slot.
    pub const NULL: Self = Self::from_bits(0);

    /// From the word.
    #[must_use]
    #[inline(always)]
    pub const fn from_bits(bits: CPtrBits) -> Self {
        Self { bits }
    }

    /// The word.
    #[must_use]
    #[inline(always)]
    pub const fn bits(self) -> CPtrBits {
        self.bits
    }

    /// The capability at this address, believed to be of type `T`.
    #[must_use]
    #[inline(always)]
    pub const fn cast<T: CapType>(self) -> Cap<T> {
        Cap::from_cptr(self)
    }
}

/// The address of a slot: a prefix of `depth` bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CPtrWithDepth {
    bits: CPtrBits,
    depth: usize,
}

impl CPtrWithDepth {
    /// From the word and the number of its low bits that are the address.
    #[must_use]
    #[inline(always)]
    pub const fn from_bits_with_depth(bits: CPtrBits, depth: usize) -> Self {
        Self { bits, depth }
    }

    /// The address of no bits: the CNode itself.
    #[must_use]
    pub const fn empty() -> Self {
        Self::from_bits_with_depth(0, 0)
    }

    /// The word.
    #[must_use]
    #[inline(always)]
    pub const fn bits(&self) -> CPtrBits {
        self.bits
    }

    /// How many bits the address has.
    #[must_use]
    #[inline(always)]
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// The depth as an invocation argument.
    #[inline(always)]
    pub(crate) const fn depth_byte(&self) -> u8 {
        self.depth as u8
    }
}

impl From<CPtr> for CPtrWithDepth {
    #[inline(always)]
    fn from(cptr: CPtr) -> Self {
        Self::from_bits_with_depth(cptr.bits(), WORD_SIZE)
    }
}

/// Whatever names a slot by an address and a depth.
pub trait HasCPtrWithDepth {
    /// That address and depth.
    fn cptr_with_depth(self) -> CPtrWithDepth;
}

impl HasCPtrWithDepth for CPtrWithDepth {
    #[inline(always)]
    fn cptr_with_depth(self) -> CPtrWithDepth {
        self
    }
}

impl HasCPtrWithDepth for CPtr {
    #[inline(always)]
    fn cptr_with_depth(self) -> CPtrWithDepth {
        self.into()
    }
}

impl<T: CapType, C> HasCPtrWithDepth for Cap<T, C> {
    #[inline(always)]
    fn cptr_with_depth(self) -> CPtrWithDepth {
        self.cptr.into()
    }
}

/// A capability: the address of one, with the type of the object that it is believed to name and
/// what its invocations use as IPC buffer.
pub struct Cap<T: CapType, C = NoExplicitInvocationContext> {
    cptr: CPtr,
    context: C,
    object: PhantomData<fn() -> T>,
}

impl<T: CapType> Cap<T> {
    /// The capability at this address.
    #[must_use]
    #[inline(always)]
    pub const fn from_cptr(cptr: CPtr) -> Self {
        Self {
            cptr,
            context: NoExplicitInvocationContext::new(),
            object: PhantomData,
        }
    }

    /// The capability at the address with this word.
    #[must_use]
    #[inline(always)]
    pub const fn from_bits(bits: CPtrBits) -> Self {
        Self::from_cptr(CPtr::from_bits(bits))
    }
}

impl<T: CapType, C> Cap<T, C> {
    /// Its address.
    #[must_use]
    #[inline(always)]
    pub const fn cptr(&self) -> CPtr {
        self.cptr
    }

    /// The word of its address.
    #[must_use]
    #[inline(always)]
    pub const fn bits(&self) -> CPtrBits {
        self.cptr.bits()
    }

    /// The same capability, believed to be of another type.
    #[must_use]
    #[inline(always)]
    pub fn cast<U: CapType>(self) -> Cap<U, C> {
        Cap {
            cptr: self.cptr,
            context: self.context,
            object: PhantomData,
        }
    }

    /// The same capability without a belief about its type.
    #[must_use]
    #[inline(always)]
    pub fn upcast(self) -> Cap<cap_type::Unspecified, C> {
        self.cast()
    }

    /// The same capability with another invocation context, such as the `&mut IpcBuffer` of a
    /// second thread.
    #[must_use]
    #[inline(always)]
    pub fn with<D>(self, context: D) -> Cap<T, D> {
        Cap {
            cptr: self.cptr,
            context,
            object: PhantomData,
        }
    }

    /// The same capability without invocation context: it can be named, not invoked.
    #[must_use]
    #[inline(always)]
    pub fn without_context(self) -> Cap<T, NoInvocationContext> {
        self.with(NoInvocationContext::new())
    }

    /// Its address and its context, for an invocation.
    #[inline(always)]
    pub(crate) fn into_parts(self) -> (CPtrBits, C) {
        (self.cptr.bits(), self.context)
    }
}

impl<T: CapType, C: Copy> Copy for Cap<T, C> {}

impl<T: CapType, C: Clone> Clone for Cap<T, C> {
    #[inline(always)]
    fn clone(&self) -> Self {
        Self {
            cptr: self.cptr,
            context: self.context.clone(),
            object: PhantomData,
        }
    }
}

impl<T: CapType, C> PartialEq for Cap<T, C> {
    fn eq(&self, other: &Self) -> bool {
        self.cptr == other.cptr
    }
}

impl<T: CapType, C> Eq for Cap<T, C> {}

impl<T: CapType, C> Hash for Cap<T, C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.cptr.hash(state);
    }
}

impl<T: CapType, C> fmt::Debug for Cap<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:#x})", T::NAME, self.cptr.bits())
    }
}
