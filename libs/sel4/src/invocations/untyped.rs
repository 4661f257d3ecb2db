// SPDX-License-Identifier: MIT OR Apache-2.0
//! Untyped memory.

use crate::{
    AbsoluteCPtr, CNodeCapData, Error, InvocationContext, ObjectBlueprint, Result, Word, cap,
};

impl<C: InvocationContext> cap::Untyped<C> {
    /// Makes `num_objects` objects out of this memory and puts their capabilities into the slots from
    /// `dst_offset` on of the CNode at `dst`.
    ///
    /// # Errors
    /// [`Error::NotEnoughMemory`] if the rest of this memory is too small, [`Error::DeleteFirst`] if a
    /// slot is occupied, [`Error::RangeError`] for a bad size, slot or number (the kernel makes at most
    /// 256 objects at a time).
    pub fn untyped_retype<D>(
        self,
        blueprint: &ObjectBlueprint,
        dst: &AbsoluteCPtr<D>,
        dst_offset: usize,
        num_objects: usize,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_Untyped_Retype(
                bits,
                blueprint.ty().into_sys(),
                blueprint.api_size_bits().unwrap_or(0) as Word,
                dst.root().bits(),
                dst.path().bits(),
                dst.path().depth() as Word,
                dst_offset as Word,
                num_objects as Word,
            ))
        })
    }
}

impl From<CNodeCapData> for Word {
    fn from(data: CNodeCapData) -> Self {
        data.into_word()
    }
}
