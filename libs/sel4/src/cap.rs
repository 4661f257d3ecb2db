// SPDX-License-Identifier: MIT OR Apache-2.0

use crate::{Cap, NoExplicitInvocationContext, cap_type};

pub use crate::arch::cap::*;

macro_rules! declare_cap_aliases {
    ($($name:ident)*) => {
        $(
            #[doc = concat!("A capability for [`cap_type::", stringify!($name), "`].")]
            pub type $name<C = NoExplicitInvocationContext> = Cap<cap_type::$name, C>;
        )*
    };
}

pub(crate) use declare_cap_aliases;

declare_cap_aliases! {
    Untyped Endpoint Notification Tcb CNode IrqControl IrqHandler AsidControl AsidPool DomainSet
    Reply Null Unspecified UnspecifiedPage UnspecifiedIntermediateTranslationTable
    VSpace Granule
}
