// SPDX-License-Identifier: MIT OR Apache-2.0
//! Caches of aarch64.

use crate::{Cap, CapTypeForFrame, Error, InvocationContext, Result, Word, cap};

macro_rules! declare_cache_operations {
    ($($name:ident $sys:ident $doc:literal)*) => {
        $(
            #[doc = $doc]
            ///
            /// `start..end` are offsets in bytes within the frame (or addresses in the VSpace).
            pub fn $name(self, start: usize, end: usize) -> Result<()> {
                let (bits, context) = self.into_parts();
                context.with_context(|buffer| {
                    let buffer = buffer.inner_mut();
                    Error::wrap(buffer.$sys(bits, start as Word, end as Word))
                })
            }
        )*
    };
}

impl<T: CapTypeForFrame, C: InvocationContext> Cap<T, C> {
    declare_cache_operations! {
        frame_clean_data seL4_ARM_Page_Clean_Data
            "Writes the frame's data caches back to memory. The frame must be mapped."
        frame_invalidate_data seL4_ARM_Page_Invalidate_Data
            "Drops the frame's data caches. The frame must be mapped."
        frame_clean_invalidate_data seL4_ARM_Page_CleanInvalidate_Data
            "Writes the frame's data caches back to memory and drops them. The frame must be mapped."
        frame_unify_instruction seL4_ARM_Page_Unify_Instruction
            "Makes data that was written to the frame visible to instruction fetches. The frame must be mapped."
    }
}

impl<C: InvocationContext> cap::VSpace<C> {
    declare_cache_operations! {
        vspace_clean_data seL4_ARM_PageGlobalDirectory_Clean_Data
            "Writes data caches back to memory; the range must lie within one frame."
        vspace_invalidate_data seL4_ARM_PageGlobalDirectory_Invalidate_Data
            "Drops data caches; the range must lie within one frame."
        vspace_clean_invalidate_data seL4_ARM_PageGlobalDirectory_CleanInvalidate_Data
            "Writes data caches back to memory and drops them; the range must lie within one frame."
        vspace_unify_instruction seL4_ARM_PageGlobalDirectory_Unify_Instruction
            "Makes written data visible to instruction fetches; the range must lie within one frame."
    }
}
