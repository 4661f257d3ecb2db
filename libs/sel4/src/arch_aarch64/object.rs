// SPDX-License-Identifier: MIT OR Apache-2.0
//! Object types and sizes of aarch64.

use crate::{Word, sys};

/// A type of object of aarch64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectTypeArch {
    /// A frame.
    Frame(FrameObjectType),
    /// A translation table.
    TranslationTable(TranslationTableObjectType),
}

impl ObjectTypeArch {
    /// The kernel's number.
    #[must_use]
    pub const fn into_sys(self) -> Word {
        match self {
            Self::Frame(frame) => match frame {
                FrameObjectType::SmallPage => sys::seL4_ARM_SmallPageObject as Word,
                FrameObjectType::LargePage => sys::seL4_ARM_LargePageObject as Word,
                FrameObjectType::HugePage => sys::seL4_ARM_HugePageObject as Word,
            },
            Self::TranslationTable(table) => match table {
                TranslationTableObjectType::PGD => sys::seL4_ARM_PageGlobalDirectoryObject as Word,
                TranslationTableObjectType::PUD => sys::seL4_ARM_PageUpperDirectoryObject as Word,
                TranslationTableObjectType::PD => sys::seL4_ARM_PageDirectoryObject as Word,
                TranslationTableObjectType::PT => sys::seL4_ARM_PageTableObject as Word,
            },
        }
    }
}

/// An object of aarch64; all of one type have one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectBlueprintArch {
    /// A frame.
    Frame(FrameObjectType),
    /// A translation table.
    TranslationTable(TranslationTableObjectType),
}

impl ObjectBlueprintArch {
    /// Its type.
    #[must_use]
    pub const fn ty(self) -> ObjectTypeArch {
        match self {
            Self::Frame(frame) => ObjectTypeArch::Frame(frame),
            Self::TranslationTable(table) => ObjectTypeArch::TranslationTable(table),
        }
    }

    /// log2 of the bytes of untyped memory that it takes.
    #[must_use]
    pub const fn physical_size_bits(self) -> usize {
        match self {
            Self::Frame(frame) => frame.bits(),
            Self::TranslationTable(table) => table.size_bits(),
        }
    }
}

/// A size of frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrameObjectType {
    /// 4 KiB.
    SmallPage,
    /// 2 MiB.
    LargePage,
    /// 1 GiB.
    HugePage,
}

impl FrameObjectType {
    /// The smallest.
    pub const GRANULE: Self = Self::SmallPage;

    /// All, from the smallest up.
    pub const ALL: [Self; 3] = [Self::SmallPage, Self::LargePage, Self::HugePage];

    /// log2 of its size in bytes.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            Self::SmallPage => sys::seL4_PageBits as usize,
            Self::LargePage => sys::seL4_LargePageBits as usize,
            Self::HugePage => sys::seL4_HugePageBits as usize,
        }
    }
}

/// A kind of translation table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TranslationTableObjectType {
    /// The root.
    PGD,
    /// Its entries cover 1 GiB.
    PUD,
    /// Its entries cover 2 MiB.
    PD,
    /// Its entries cover 4 KiB.
    PT,
}

impl TranslationTableObjectType {
    /// All, from the root down: the index is the level.
    pub const ALL: [Self; 4] = [Self::PGD, Self::PUD, Self::PD, Self::PT];

    /// log2 of its size in bytes.
    #[must_use]
    pub const fn size_bits(self) -> usize {
        match self {
            Self::PGD => sys::seL4_PGDBits as usize,
            Self::PUD => sys::seL4_PUDBits as usize,
            Self::PD => sys::seL4_PageDirBits as usize,
            Self::PT => sys::seL4_PageTableBits as usize,
        }
    }
}
