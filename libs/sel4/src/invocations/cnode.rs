// SPDX-License-Identifier: MIT OR Apache-2.0
//! Capability slots.

use crate::{AbsoluteCPtr, CapRights, Error, InvocationContext, Result, Word, version};

impl<C: InvocationContext> AbsoluteCPtr<C> {
    /// Deletes all capabilities derived from the one in this slot; of untyped memory also all objects
    /// made from it.
    pub fn revoke(self) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_CNode_Revoke(root, path.bits(), path.depth_byte()))
        })
    }

    /// Empties this slot. The last capability to an object takes the object with it.
    pub fn delete(self) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_CNode_Delete(root, path.bits(), path.depth_byte()))
        })
    }

    /// Cancels all sends through the endpoint capability in this slot, which must have all rights and
    /// a badge: those senders that used the same badge.
    pub fn cancel_badged_sends(self) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_CNode_CancelBadgedSends(root, path.bits(), path.depth_byte()))
        })
    }

    /// Copies the capability at `src` into this slot, with at most these rights.
    pub fn copy<D>(self, src: &AbsoluteCPtr<D>, rights: CapRights) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_CNode_Copy(
                root,
                path.bits(),
                path.depth_byte(),
                src.root().bits(),
                src.path().bits(),
                src.path().depth_byte(),
                rights.into_inner(),
            ))
        })
    }

    /// Copies the capability at `src` into this slot, with at most these rights and with a badge (28
    /// bits, of an endpoint or notification) or a guard ([`crate::CNodeCapData::into_word`], of a CNode).
    pub fn mint<D>(self, src: &AbsoluteCPtr<D>, rights: CapRights, badge: Word) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_CNode_Mint(
                root,
                path.bits(),
                path.depth_byte(),
                src.root().bits(),
                src.path().bits(),
                src.path().depth_byte(),
                rights.into_inner(),
                version::badge(badge),
            ))
        })
    }

    /// Moves the capability at `src` into this slot.
    pub fn move_<D>(self, src: &AbsoluteCPtr<D>) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_CNode_Move(
                root,
                path.bits(),
                path.depth_byte(),
                src.root().bits(),
                src.path().bits(),
                src.path().depth_byte(),
            ))
        })
    }

    /// Moves the capability at `src` into this slot and sets its badge or guard.
    pub fn mutate<D>(self, src: &AbsoluteCPtr<D>, badge: Word) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_CNode_Mutate(
                root,
                path.bits(),
                path.depth_byte(),
                src.root().bits(),
                src.path().bits(),
                src.path().depth_byte(),
                version::badge(badge),
            ))
        })
    }

    /// Moves the capability at `pivot` into this slot and that at `src` to `pivot`, with new badges or
    /// guards.
    pub fn rotate<D, E>(
        self,
        badge: Word,
        pivot: &AbsoluteCPtr<D>,
        pivot_badge: Word,
        src: &AbsoluteCPtr<E>,
    ) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_CNode_Rotate(
                root,
                path.bits(),
                path.depth_byte(),
                version::badge(badge),
                pivot.root().bits(),
                pivot.path().bits(),
                pivot.path().depth_byte(),
                version::badge(pivot_badge),
                src.root().bits(),
                src.path().bits(),
                src.path().depth_byte(),
            ))
        })
    }

    /// Saves the right to reply to the caller of the last message in this slot.
    pub fn save_caller(self) -> Result<()> {
        let (root, path, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_CNode_SaveCaller(root, path.bits(), path.depth_byte()))
        })
    }
}
