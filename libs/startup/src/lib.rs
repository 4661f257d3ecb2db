// SPDX-License-Identifier: MIT OR Apache-2.0
//! The startup image: installs a program into its own new process.
//!
//! A parent maps the binary `startup` of this package into a new process and lets it run there first
//! (`croft_process::handover` says what both agree on). It loads the program's ELF image with memory of
//! the process' own container, reports to the parent and jumps. So the work and the memory of loading are
//! the child's, and an image that is wrong can hurt only the process that was to be made of it.
//!
//! This library is the part without a kernel: what goes where. Read-only pages that lie whole in the
//! image are mapped straight out of it and shared by all processes that run it; the others are copied
//! into fresh memory.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod plan;

pub use plan::{Access, MACHINE, PAGE, Page, Plan, Segment, Source};
