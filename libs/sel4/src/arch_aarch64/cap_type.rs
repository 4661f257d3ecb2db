// SPDX-License-Identifier: MIT OR Apache-2.0
//! Types of objects of aarch64.

use crate::cap_type_definitions::{declare_cap_type, declare_fixed_size};
use crate::{
    CapTypeForFrame, CapTypeForFrameObject, CapTypeForIntermediateTranslationTable,
    FrameObjectType, TranslationTableObjectType,
};

declare_cap_type! {
    /// A frame of 4 KiB.
    SmallPage
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
    /// The root of a translation tree (a page global directory): an address space.
    VSpace
}
declare_cap_type! {
    /// A page upper directory.
    PUD
}
declare_cap_type! {
    /// A page directory.
    PD
}
declare_cap_type! {
    /// A page table.
    PT
}

/// The frame of the smallest size.
pub use SmallPage as Granule;
/// The root of a translation tree.
pub use VSpace as PGD;

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

declare_frames!(SmallPage LargePage HugePage);

declare_fixed_size!(VSpace, TranslationTableObjectType::PGD.blueprint());
declare_fixed_size!(PUD, TranslationTableObjectType::PUD.blueprint());
declare_fixed_size!(PD, TranslationTableObjectType::PD.blueprint());
declare_fixed_size!(PT, TranslationTableObjectType::PT.blueprint());

impl CapTypeForIntermediateTranslationTable for PUD {}
impl CapTypeForIntermediateTranslationTable for PD {}
impl CapTypeForIntermediateTranslationTable for PT {}
