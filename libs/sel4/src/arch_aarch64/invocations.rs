// SPDX-License-Identifier: MIT OR Apache-2.0
//! Invocations of aarch64's objects.

use crate::{
    AbsoluteCPtr, Cap, CapRights, CapTypeForFrame, CapTypeForIntermediateTranslationTable, Error,
    InvocationContext, Result, TranslationTableObjectType, VmAttributes, Word, cap,
};

impl<T: CapTypeForFrame, C: InvocationContext> Cap<T, C> {
    /// Maps the frame at `vaddr`. A frame capability can be mapped once; an occupied address is
    /// [`Error::DeleteFirst`], a missing translation table [`Error::FailedLookup`].
    pub fn frame_map<D>(
        self,
        vspace: cap::VSpace<D>,
        vaddr: usize,
        rights: CapRights,
        attributes: VmAttributes,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_ARM_Page_Map(
                bits,
                vspace.bits(),
                vaddr as Word,
                rights.into_inner(),
                attributes.into_inner(),
            ))
        })
    }

    /// Changes the rights and attributes of the mapping.
    pub fn frame_remap<D>(
        self,
        vspace: cap::VSpace<D>,
        rights: CapRights,
        attributes: VmAttributes,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_ARM_Page_Remap(
                bits,
                vspace.bits(),
                rights.into_inner(),
                attributes.into_inner(),
            ))
        })
    }

    /// Removes the mapping, if there is one.
    pub fn frame_unmap(self) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| Error::wrap(buffer.inner_mut().seL4_ARM_Page_Unmap(bits)))
    }

    /// The frame's physical address.
    pub fn frame_get_address(self) -> Result<usize> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let result = buffer.inner_mut().seL4_ARM_Page_GetAddress(bits);
            Error::or(result.error, result.paddr as usize)
        })
    }
}

macro_rules! declare_table {
    ($type:ident, $map:ident, $unmap:ident, $sys_map:ident, $sys_unmap:ident) => {
        impl<C: InvocationContext> cap::$type<C> {
            /// Puts the table into the translation tree, where it covers `vaddr`.
            pub fn $map<D>(
                self,
                vspace: cap::VSpace<D>,
                vaddr: usize,
                attributes: VmAttributes,
            ) -> Result<()> {
                let (bits, context) = self.into_parts();
                context.with_context(|buffer| {
                    Error::wrap(buffer.inner_mut().$sys_map(
                        bits,
                        vspace.bits(),
                        vaddr as Word,
                        attributes.into_inner(),
                    ))
                })
            }

            /// Takes the table out of the translation tree. Unmap what it maps first.
            pub fn $unmap(self) -> Result<()> {
                let (bits, context) = self.into_parts();
                context.with_context(|buffer| Error::wrap(buffer.inner_mut().$sys_unmap(bits)))
            }
        }
    };
}

declare_table!(
    PUD,
    pud_map,
    pud_unmap,
    seL4_ARM_PageUpperDirectory_Map,
    seL4_ARM_PageUpperDirectory_Unmap
);
declare_table!(
    PD,
    pd_map,
    pd_unmap,
    seL4_ARM_PageDirectory_Map,
    seL4_ARM_PageDirectory_Unmap
);
declare_table!(
    PT,
    pt_map,
    pt_unmap,
    seL4_ARM_PageTable_Map,
    seL4_ARM_PageTable_Unmap
);

impl<T: CapTypeForIntermediateTranslationTable, C: InvocationContext> Cap<T, C> {
    /// Puts a table of kind `ty` into the translation tree.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for the root, besides the kernel's.
    pub fn generic_intermediate_translation_table_map<D>(
        self,
        ty: TranslationTableObjectType,
        vspace: cap::VSpace<D>,
        vaddr: usize,
        attributes: VmAttributes,
    ) -> Result<()> {
        match ty {
            TranslationTableObjectType::PGD => Err(Error::InvalidArgument),
            TranslationTableObjectType::PUD => {
                let table: cap::PUD<C> = self.cast();
                table.pud_map(vspace, vaddr, attributes)
            }
            TranslationTableObjectType::PD => {
                let table: cap::PD<C> = self.cast();
                table.pd_map(vspace, vaddr, attributes)
            }
            TranslationTableObjectType::PT => {
                let table: cap::PT<C> = self.cast();
                table.pt_map(vspace, vaddr, attributes)
            }
        }
    }

    /// Takes a table of kind `ty` out of the translation tree. Unmap what it maps first.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for the root, besides the kernel's.
    pub fn generic_intermediate_translation_table_unmap(
        self,
        ty: TranslationTableObjectType,
    ) -> Result<()> {
        match ty {
            TranslationTableObjectType::PGD => Err(Error::InvalidArgument),
            TranslationTableObjectType::PUD => {
                let table: cap::PUD<C> = self.cast();
                table.pud_unmap()
            }
            TranslationTableObjectType::PD => {
                let table: cap::PD<C> = self.cast();
                table.pd_unmap()
            }
            TranslationTableObjectType::PT => {
                let table: cap::PT<C> = self.cast();
                table.pt_unmap()
            }
        }
    }
}

impl<C: InvocationContext> cap::AsidControl<C> {
    /// Makes a pool out of untyped memory of [`crate::ObjectBlueprint::asid_pool`]'s size.
    pub fn asid_control_make_pool<D, E>(
        self,
        untyped: cap::Untyped<D>,
        dst: &AbsoluteCPtr<E>,
    ) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            Error::wrap(buffer.inner_mut().seL4_ARM_ASIDControl_MakePool(
                bits,
                untyped.bits(),
                dst.root().bits(),
                dst.path().bits(),
                dst.path().depth_byte(),
            ))
        })
    }
}

impl<C: InvocationContext> cap::AsidPool<C> {
    /// Gives a new VSpace an identifier; before that nothing can be mapped in it.
    pub fn asid_pool_assign<D>(self, vspace: cap::VSpace<D>) -> Result<()> {
        let (bits, context) = self.into_parts();
        context.with_context(|buffer| {
            let buffer = buffer.inner_mut();
            Error::wrap(buffer.seL4_ARM_ASIDPool_Assign(bits, vspace.bits()))
        })
    }
}
