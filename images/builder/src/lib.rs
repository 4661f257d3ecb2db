// SPDX-License-Identifier: MIT OR Apache-2.0
//! Builds images and runs them.
//!
//! The command behind `images/run` is this crate's program; the system tests use it as a library:
//!
//! ```no_run
//! use std::time::Duration;
//! use croft_images::{Arch, Components, Description, Image, Machine, Run, Session, Tree, Workspace};
//!
//! # fn main() -> croft_images::Result<()> {
//! let workspace = Workspace::find();
//! let arch = Arch::Aarch64;
//! // Once: kernel, programs, file tree.
//! let description = Description::read(&workspace.description("unix"))?;
//! let components = Components::build(&workspace, arch, false, &description)?;
//! let tree = Tree::base(&workspace, arch)?;
//! // For each boot: the command line goes into the image.
//! let run = Run { command: vec!["uname".into(), "-m".into()], ..Run::default() };
//! let image = Image::assemble(&workspace.output(arch), &components, &description, &tree, &run)?;
//! let outcome = Session::run(&image, &Machine::default(), b"", Duration::from_secs(60))?;
//! assert_eq!((outcome.status, outcome.text().as_str()), (0, "aarch64\n"));
//! # Ok(())
//! # }
//! ```
//!
//! | module | what |
//! |---|---|
//! | `description` | `images/NAME.toml` |
//! | `components` | kernel, loader and programs, built when something changed |
//! | `tree` | the file tree that a Unix world begins with, and its archive |
//! | `program` | whether a program of the host can run in the guest |
//! | `elf`, `image` | the payload behind the root task, the files that QEMU boots |
//! | `machine`, `guest` | QEMU's command line; its process and its serial line |
//! | `attach`, `session` | a run on the runner's own terminal or pipes; a run under a test's control |
//! | `inspect` | the container tree of a running system, as text or picture |
//! | `symbols`, `backtrace` | programs with their symbols; names of the places where one failed |
//! | `trace` | messages of servers, as a Chrome trace or a sequence diagram |
//! | `options` | the command line |
//!
//! It runs on the host, reads the source tree, writes to `target/croft`, and starts cargo, the kernel's
//! build and QEMU.
#![forbid(unsafe_code)]

mod arch;
mod attach;
mod backtrace;
mod components;
pub mod description;
mod elf;
mod error;
mod guest;
mod image;
pub mod inspect;
mod machine;
mod new_server;
pub mod options;
pub mod program;
mod progress;
mod session;
mod size;
mod symbols;
mod terminal;
pub mod trace;
pub mod tree;
mod workspace;

pub use arch::Arch;
pub use attach::{Attach, attach};
pub use components::Components;
pub use croft_console_frame::Level;
pub use croft_container::Entry;
pub use croft_manifest::{Reserve, Stream, WindowSize};
pub use description::Description;
pub use error::{Error, Result};
pub use guest::{Event, Guest};
pub use image::{Image, Run, payload};
pub use machine::Machine;
pub use new_server::new_server;
pub use session::{Outcome, Session};
pub use size::{Share, Size};
pub use symbols::Symbols;
pub use tree::Tree;
pub use workspace::Workspace;

/// The name of the file that holds a world's tree, as a cpio archive.
pub const ROOT_ARCHIVE: &str = "root";

/// The name of the file with the startup program that a server gets which makes processes.
pub const STARTUP: &str = "startup";
