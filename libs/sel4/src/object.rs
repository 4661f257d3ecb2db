// SPDX-License-Identifier: MIT OR Apache-2.0
//! Objects that untyped memory can be retyped into, and their sizes.

use crate::{
    FrameObjectType, ObjectBlueprintArch, ObjectTypeArch, TranslationTableObjectType, Word, sys,
};

/// A type of object, as a retype names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectType {
    /// Smaller untyped memory.
    Untyped,
    /// An endpoint.
    Endpoint,
    /// A notification.
    Notification,
    /// A table of capability slots.
    CNode,
    /// A thread.
    Tcb,
    /// A type of this architecture.
    Arch(ObjectTypeArch),
}

impl ObjectType {
    /// The kernel's number.
    #[must_use]
    pub const fn into_sys(self) -> Word {
        match self {
            Self::Untyped => sys::seL4_UntypedObject as Word,
            Self::Endpoint => sys::seL4_EndpointObject as Word,
            Self::Notification => sys::seL4_NotificationObject as Word,
            Self::CNode => sys::seL4_CapTableObject as Word,
            Self::Tcb => sys::seL4_TCBObject as Word,
            Self::Arch(arch) => arch.into_sys(),
        }
    }
}

impl From<ObjectTypeArch> for ObjectType {
    fn from(arch: ObjectTypeArch) -> Self {
        Self::Arch(arch)
    }
}

/// A type of object with its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectBlueprint {
    /// Untyped memory.
    Untyped {
        /// log2 of its size in bytes.
        size_bits: usize,
    },
    /// An endpoint.
    Endpoint,
    /// A notification.
    Notification,
    /// A table of capability slots.
    CNode {
        /// log2 of the number of its slots (its radix).
        size_bits: usize,
    },
    /// A thread.
    Tcb,
    /// An object of this architecture.
    Arch(ObjectBlueprintArch),
}

impl ObjectBlueprint {
    /// Its type.
    #[must_use]
    pub const fn ty(self) -> ObjectType {
        match self {
            Self::Untyped { .. } => ObjectType::Untyped,
            Self::Endpoint => ObjectType::Endpoint,
            Self::Notification => ObjectType::Notification,
            Self::CNode { .. } => ObjectType::CNode,
            Self::Tcb => ObjectType::Tcb,
            Self::Arch(arch) => ObjectType::Arch(arch.ty()),
        }
    }

    /// The size argument of a retype, for objects that have one.
    #[must_use]
    pub const fn api_size_bits(self) -> Option<usize> {
        match self {
            Self::Untyped { size_bits } | Self::CNode { size_bits } => Some(size_bits),
            _ => None,
        }
    }

    /// log2 of the bytes of untyped memory that it takes (its alignment too).
    #[must_use]
    pub const fn physical_size_bits(self) -> usize {
        match self {
            Self::Untyped { size_bits } => size_bits,
            Self::Endpoint => sys::seL4_EndpointBits as usize,
            Self::Notification => sys::seL4_NotificationBits as usize,
            Self::CNode { size_bits } => size_bits + sys::seL4_SlotBits as usize,
            Self::Tcb => sys::seL4_TCBBits as usize,
            Self::Arch(arch) => arch.physical_size_bits(),
        }
    }

    /// The untyped memory that becomes a pool of address space identifiers.
    #[must_use]
    pub const fn asid_pool() -> Self {
        Self::Untyped {
            size_bits: sys::seL4_ASIDPoolBits as usize,
        }
    }
}

impl From<ObjectBlueprintArch> for ObjectBlueprint {
    fn from(arch: ObjectBlueprintArch) -> Self {
        Self::Arch(arch)
    }
}

impl FrameObjectType {
    /// Its size in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        1 << self.bits()
    }

    /// The frame of this size (log2 of bytes), if there is one.
    #[must_use]
    pub fn from_bits(bits: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|frame| frame.bits() == bits)
    }

    /// How to make one.
    #[must_use]
    pub const fn blueprint(self) -> ObjectBlueprint {
        ObjectBlueprint::Arch(ObjectBlueprintArch::Frame(self))
    }
}

impl TranslationTableObjectType {
    /// The table at a level, 0 being the root.
    #[must_use]
    pub fn from_level(level: usize) -> Option<Self> {
        Self::ALL.get(level).copied()
    }

    /// How to make one.
    #[must_use]
    pub const fn blueprint(self) -> ObjectBlueprint {
        ObjectBlueprint::Arch(ObjectBlueprintArch::TranslationTable(self))
    }
}

impl From<FrameObjectType> for ObjectBlueprint {
    fn from(frame: FrameObjectType) -> Self {
        frame.blueprint()
    }
}

impl From<TranslationTableObjectType> for ObjectBlueprint {
    fn from(table: TranslationTableObjectType) -> Self {
        table.blueprint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FrameObjectType, TranslationTableObjectType};

    #[test]
    fn types_have_distinct_numbers_below_the_count() {
        let mut types = vec![
            ObjectType::Untyped,
            ObjectType::Endpoint,
            ObjectType::Notification,
            ObjectType::CNode,
            ObjectType::Tcb,
        ];
        types.extend(FrameObjectType::ALL.map(|frame| frame.blueprint().ty()));
        types.extend(TranslationTableObjectType::ALL.map(|table| table.blueprint().ty()));
        let mut numbers: Vec<Word> = types.into_iter().map(ObjectType::into_sys).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let expected: Vec<Word> = (0..Word::from(sys::seL4_ObjectTypeCount)).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn sizes() {
        assert_eq!(
            ObjectBlueprint::CNode { size_bits: 4 }.physical_size_bits(),
            9
        );
        assert_eq!(
            FrameObjectType::GRANULE.blueprint().physical_size_bits(),
            crate::PAGE_BITS
        );
    }
}
