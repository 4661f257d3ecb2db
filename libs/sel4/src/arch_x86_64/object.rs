// SPDX-License-Identifier: MIT OR Apache-2.0
//! Object types and sizes of x86_64.

use crate::{Word, sys};

/// A type of object of x86_64.
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
                FrameObjectType::_4k => sys::seL4_X86_4K as Word,
                FrameObjectType::LargePage => sys::seL4_X86_LargePageObject as Word,
                FrameObjectType::HugePage => sys::seL4_X64_HugePageObject as Word,
            },
            Self::TranslationTable(table) => match table {
                TranslationTableObjectType::PML4 => sys::seL4_X64_PML4Object as Word,
                TranslationTableObjectType::PDPT => sys::seL4_X86_PDPTObject as Word,
                TranslationTableObjectType::PageDirectory => {
                    sys::seL4_X86_PageDirectoryObject as Word
                }
                TranslationTableObjectType::PageTable => sys::seL4_X86_PageTableObject as Word,
            },
        }
    }
}

/// An object of x86_64; all of one type have one size.
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
    _4k,
    /// 2 MiB.
    LargePage,
    /// 1 GiB; only with kernel option `HUGE_PAGE`.
    HugePage,
}

impl FrameObjectType {
    /// The smallest.
    pub const GRANULE: Self = Self::_4k;

    /// All, from the smallest up.
    pub const ALL: [Self; 3] = [Self::_4k, Self::LargePage, Self::HugePage];

    /// log2 of its size in bytes.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            Self::_4k => sys::seL4_PageBits as usize,
            Self::LargePage => sys::seL4_LargePageBits as usize,
            Self::HugePage => sys::seL4_HugePageBits as usize,
        }
    }
}

/// A kind of translation table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TranslationTableObjectType {
    /// The root.
    PML4,
    /// Its entries cover 1 GiB.
    PDPT,
    /// Its entries cover 2 MiB.
    PageDirectory,
    /// Its entries cover 4 KiB.
    PageTable,
}

impl TranslationTableObjectType {
    /// All, from the root down: the index is the level.
    pub const ALL: [Self; 4] = [Self::PML4, Self::PDPT, Self::PageDirectory, Self::PageTable];

    /// log2 of its size in bytes.
    #[must_use]
    pub const fn size_bits(self) -> usize {
        match self {
            Self::PML4 => sys::seL4_PML4Bits as usize,
            Self::PDPT => sys::seL4_PDPTBits as usize,
            Self::PageDirectory => sys::seL4_PageDirBits as usize,
            Self::PageTable => sys::seL4_PageTableBits as usize,
        }
    }
}
