// SPDX-License-Identifier: MIT OR Apache-2.0
//! Types of objects of x86_64.

use crate::cap_type_definitions::{declare_cap_type, declare_fixed_size};
use crate::{
    CapTypeForFrame, CapTypeForFrameObject, CapTypeForIntermediateTranslationTable,
    FrameObjectType, TranslationTableObjectType,
};

declare_cap_type! {
    /// A frame of 4 KiB.
    _4k
}
declare_cap_type! {
    /// A frame of 2 MiB.
    LargePage
}
declare_cap_type! {
    /// A frame of 1 GiB.
    HugePage
}
declare_cap_type! {
    /// The root of a translation tree (a page map level 4): an address space.
    VSpace
}
declare_cap_type! {
    /// A page directory pointer table.
    PDPT
}
declare_cap_type! {
    /// A page directory.
    PageDirectory
}
declare_cap_type! {
    /// A page table.
    PageTable
}
declare_cap_type! {
    /// A range of I/O ports.
    IOPort
}

/// The frame of the smallest size.
pub use _4k as Granule;
/// The root of a translation tree.
pub use VSpace as PML4;

macro_rules! declare_frames {
    ($($name:ident)*) => {
        $(
            declare_fixed_size!($name, FrameObjectType::$name.blueprint());
            impl CapTypeForFrame for $name {}
            impl CapTypeForFrameObject for $name {
                const FRAME_OBJECT_TYPE: FrameObjectType = FrameObjectType::$name;
            }
        )*
    };
}

declare_frames!(_4k LargePage HugePage);

declare_fixed_size!(VSpace, TranslationTableObjectType::PML4.blueprint());
declare_fixed_size!(PDPT, TranslationTableObjectType::PDPT.blueprint());
declare_fixed_size!(
    PageDirectory,
    TranslationTableObjectType::PageDirectory.blueprint()
);
declare_fixed_size!(PageTable, TranslationTableObjectType::PageTable.blueprint());

impl CapTypeForIntermediateTranslationTable for PDPT {}
impl CapTypeForIntermediateTranslationTable for PageDirectory {}
impl CapTypeForIntermediateTranslationTable for PageTable {}
