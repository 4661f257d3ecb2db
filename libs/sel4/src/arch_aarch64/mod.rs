// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is particular to aarch64.

mod cache;
pub mod cap;
pub mod cap_type;
mod fault;
mod invocations;
mod object;
mod user_context;
mod vm_attributes;

pub use fault::{UnknownSyscall, UserException, VmFault};
pub use object::{
    FrameObjectType, ObjectBlueprintArch, ObjectTypeArch, TranslationTableObjectType,
};
pub use vm_attributes::VmAttributes;

/// The first level whose entries can be frames.
pub const FIRST_LEVEL_WITH_FRAMES: usize = 1;
