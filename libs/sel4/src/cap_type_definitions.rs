// SPDX-License-Identifier: MIT OR Apache-2.0
//! Types of objects that are the same on all architectures.

use crate::{FrameObjectType, ObjectBlueprint};

/// The type of an object that a capability names.
pub trait CapType: Copy + 'static {
    /// Its name.
    const NAME: &'static str;
}

/// A type whose objects all have one size.
pub trait CapTypeForObjectOfFixedSize: CapType {
    /// How to retype untyped memory into such an object.
    fn object_blueprint() -> ObjectBlueprint;
}

/// A frame of whatever size.
pub trait CapTypeForFrame: CapType {}

/// A frame of a known size.
pub trait CapTypeForFrameObject: CapTypeForFrame + CapTypeForObjectOfFixedSize {
    /// Which size.
    const FRAME_OBJECT_TYPE: FrameObjectType;
}

/// A translation table below the root.
pub trait CapTypeForIntermediateTranslationTable: CapType {}

macro_rules! declare_cap_type {
    ($(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name;

        impl $crate::CapType for $name {
            const NAME: &'static str = stringify!($name);
        }
    };
}

macro_rules! declare_fixed_size {
    ($name:ident, $blueprint:expr) => {
        impl $crate::CapTypeForObjectOfFixedSize for $name {
            fn object_blueprint() -> $crate::ObjectBlueprint {
                $blueprint
            }
        }
    };
}

pub(crate) use {declare_cap_type, declare_fixed_size};

declare_cap_type! {
    /// Memory that objects are made of.
    Untyped
}
declare_cap_type! {
    /// Where threads meet to exchange messages.
    Endpoint
}
declare_cap_type! {
    /// A word of bits that can be signalled and waited for.
    Notification
}
declare_cap_type! {
    /// A thread.
    Tcb
}
declare_cap_type! {
    /// A table of capability slots.
    CNode
}
declare_cap_type! {
    /// The right to make interrupt handlers.
    IrqControl
}
declare_cap_type! {
    /// One interrupt.
    IrqHandler
}
declare_cap_type! {
    /// The right to make pools of address space identifiers.
    AsidControl
}
declare_cap_type! {
    /// A pool of address space identifiers.
    AsidPool
}
declare_cap_type! {
    /// The right to move threads between scheduling domains.
    DomainSet
}
declare_cap_type! {
    /// The right to reply once to a caller, saved out of the thread.
    Reply
}
declare_cap_type! {
    /// An empty slot.
    Null
}
declare_cap_type! {
    /// Anything.
    Unspecified
}
declare_cap_type! {
    /// A frame of any size.
    UnspecifiedPage
}
declare_cap_type! {
    /// A translation table below the root, of any level.
    UnspecifiedIntermediateTranslationTable
}

declare_fixed_size!(Endpoint, ObjectBlueprint::Endpoint);
declare_fixed_size!(Notification, ObjectBlueprint::Notification);
declare_fixed_size!(Tcb, ObjectBlueprint::Tcb);

impl CapTypeForFrame for UnspecifiedPage {}
impl CapTypeForIntermediateTranslationTable for UnspecifiedIntermediateTranslationTable {}
