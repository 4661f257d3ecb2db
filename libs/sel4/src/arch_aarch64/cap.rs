// SPDX-License-Identifier: MIT OR Apache-2.0
//! Capabilities of aarch64.

use crate::cap::declare_cap_aliases;
use crate::{Cap, NoExplicitInvocationContext, cap_type};

declare_cap_aliases!(SmallPage LargePage HugePage PGD PUD PD PT);
