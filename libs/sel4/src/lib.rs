// SPDX-License-Identifier: MIT OR Apache-2.0
//! The typed interface of the seL4 kernel, with the names and shapes of the project rust-sel4.
//!
//! Every program that talks to the kernel uses this crate. It wraps [`sys`], whose numbers are
//! generated from the kernel that `SEL4_PREFIX` names; what differs between kernel versions beyond
//! numbers stands in the module `version`.
//!
//! Objects are invoked through capabilities: a [`Cap`] is a capability pointer with the type of the
//! object that it is believed to name. The kernel checks that belief, so a wrong type is an
//! [`Error`], never undefined behaviour.
//!
//! # The IPC buffer
//! Longer messages and invocation arguments travel in the thread's IPC buffer. [`set_ipc_buffer`]
//! says where it is, once, at the start; one thread of a process may use it that way. While a
//! closure given to [`with_ipc_buffer_mut`] runs, no invocation can use the buffer: trying to
//! panics. Messages of at most [`NUM_FAST_MESSAGE_REGISTERS`] words go by registers alone with the
//! functions whose names end in `with_mrs`.
#![cfg_attr(not(test), no_std)]
#![deny(clippy::undocumented_unsafe_blocks)]

pub use sel4_config as config;
pub use sel4_config::{
    sel4_cfg, sel4_cfg_attr, sel4_cfg_bool, sel4_cfg_enum, sel4_cfg_if, sel4_cfg_match,
    sel4_cfg_str, sel4_cfg_usize, sel4_cfg_word, sel4_cfg_wrap_match,
};
pub use sel4_sys as sys;

mod absolute_cptr;
#[cfg_attr(target_arch = "x86_64", path = "arch_x86_64/mod.rs")]
#[cfg_attr(target_arch = "aarch64", path = "arch_aarch64/mod.rs")]
mod arch;
mod bootinfo;
/// Capabilities, by the type of their object.
pub mod cap;
mod cap_rights;
mod cap_type_definitions;
mod cnode_cap_data;
mod cptr;
mod debug;
mod error;
/// Fault messages.
pub mod fault;
/// The capabilities that the kernel gives to the first thread.
pub mod init_thread;
mod invocation_context;
mod invocations;
mod ipc;
mod ipc_buffer;
mod message_info;
mod object;
mod state;
mod user_context;
/// What differs between kernel versions beyond what a generator hides.
mod version;
/// The levels of a translation tree.
pub mod vspace_levels;

/// The types of objects that capabilities name.
pub mod cap_type {
    pub use crate::arch::cap_type::*;
    pub use crate::cap_type_definitions::*;
}

pub use absolute_cptr::AbsoluteCPtr;
pub use arch::{
    FrameObjectType, ObjectBlueprintArch, ObjectTypeArch, TranslationTableObjectType, VmAttributes,
};
pub use bootinfo::{BootInfo, BootInfoExtra, BootInfoPtr, UntypedDesc};
pub use cap_rights::{CapRights, CapRightsBuilder};
pub use cap_type_definitions::{
    CapType, CapTypeForFrame, CapTypeForFrameObject, CapTypeForIntermediateTranslationTable,
    CapTypeForObjectOfFixedSize,
};
pub use cnode_cap_data::CNodeCapData;
pub use cptr::{CPtr, CPtrBits, CPtrWithDepth, Cap, HasCPtrWithDepth};
pub use debug::{DebugWrite, debug_halt, debug_put_char, debug_snapshot};
pub use error::{Error, Result};
pub use fault::Fault;
pub use invocation_context::{
    ImplicitInvocationContext, InvocationContext, NoExplicitInvocationContext, NoInvocationContext,
};
pub use ipc::{
    CallWithMRs, ConveysReplyAuthority, FastMessages, RecvWithMRs, reply, reply_with_mrs, r#yield,
};
pub use ipc_buffer::IpcBuffer;
pub use message_info::{MessageInfo, MessageInfoBuilder};
pub use object::{ObjectBlueprint, ObjectType};
pub use state::{reclaim_ipc_buffer, set_ipc_buffer, with_ipc_buffer, with_ipc_buffer_mut};
pub use user_context::UserContext;

pub use version::VM_FAULT_ADDRESS_BITS;
#[cfg(target_arch = "x86_64")]
pub use version::ioport_cap_data;

/// A machine word.
pub type Word = sys::seL4_Word;

/// Bits in a [`Word`].
pub const WORD_SIZE: usize = Word::BITS as usize;

/// What a receiver learns about the capability that a message came through.
pub type Badge = Word;

/// Message words that travel in registers.
pub use sys::NUM_FAST_MESSAGE_REGISTERS;

/// The most words that a message can have.
pub const MSG_MAX_LENGTH: usize = sys::seL4_MsgMaxLength as usize;

/// The most capabilities that a message can carry.
pub const MSG_MAX_EXTRA_CAPS: usize = (1 << sys::seL4_MsgExtraCapBits) - 1;

/// log2 of the size of a frame of the smallest size, in bytes.
pub const PAGE_BITS: usize = sys::seL4_PageBits as usize;
