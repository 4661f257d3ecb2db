// SPDX-License-Identifier: MIT OR Apache-2.0
//! Capabilities of x86_64.

use crate::cap::declare_cap_aliases;
use crate::{Cap, NoExplicitInvocationContext, cap_type};

declare_cap_aliases!(_4k LargePage HugePage PML4 PDPT PageDirectory PageTable IOPort);
