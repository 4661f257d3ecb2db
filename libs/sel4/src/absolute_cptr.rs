// SPDX-License-Identifier: MIT OR Apache-2.0
//! Slots, as capability operations name them.

use crate::{
    CPtrBits, CPtrWithDepth, Cap, HasCPtrWithDepth, NoExplicitInvocationContext, cap_type,
};

/// A slot, by its address in the CSpace below a CNode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbsoluteCPtr<C = NoExplicitInvocationContext> {
    root: Cap<cap_type::CNode, C>,
    path: CPtrWithDepth,
}

impl<C> AbsoluteCPtr<C> {
    /// The CNode from which the address counts.
    #[must_use]
    #[inline(always)]
    pub const fn root(&self) -> &Cap<cap_type::CNode, C> {
        &self.root
    }

    /// The address.
    #[must_use]
    #[inline(always)]
    pub const fn path(&self) -> &CPtrWithDepth {
        &self.path
    }

    /// The same slot with another invocation context.
    #[must_use]
    #[inline(always)]
    pub fn with<D>(self, context: D) -> AbsoluteCPtr<D> {
        AbsoluteCPtr {
            root: self.root.with(context),
            path: self.path,
        }
    }

    #[inline(always)]
    pub(crate) fn into_parts(self) -> (CPtrBits, CPtrWithDepth, C) {
        let (root, context) = self.root.into_parts();
        (root, self.path, context)
    }
}

impl<C> Cap<cap_type::CNode, C> {
    /// The slot at `path` below this CNode.
    #[must_use]
    #[inline(always)]
    pub fn absolute_cptr(self, path: impl HasCPtrWithDepth) -> AbsoluteCPtr<C> {
        AbsoluteCPtr {
            root: self,
            path: path.cptr_with_depth(),
        }
    }

    /// The slot at the address `bits` of `depth` bits below this CNode. With the CNode's radix as
    /// depth (and no guard), `bits` is the slot's index.
    #[must_use]
    #[inline(always)]
    pub fn absolute_cptr_from_bits_with_depth(
        self,
        bits: CPtrBits,
        depth: usize,
    ) -> AbsoluteCPtr<C> {
        self.absolute_cptr(CPtrWithDepth::from_bits_with_depth(bits, depth))
    }

    /// The CNode itself, as the destination of a retype.
    #[must_use]
    #[inline(always)]
    pub fn absolute_cptr_for_self(self) -> AbsoluteCPtr<C> {
        self.absolute_cptr(CPtrWithDepth::empty())
    }
}
