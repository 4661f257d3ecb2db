// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads a kernel's interface files and writes the Rust source of `sel4-sys`.
//!
//! Runs on the build host only, called by the build script of `sel4-sys` and by its tests. The input
//! is an [`Installation`]: libsel4's C headers, the XML descriptions of invocations and system
//! calls, and the bit-field descriptions (`.bf`). No number of the kernel's interface is written
//! here: all come out of these files, with their conditions evaluated against the configuration.
#![forbid(unsafe_code)]

mod bindings;
mod bitfields;
mod bitfields_rust;
mod condition;
mod interface;
mod packing;
mod preprocess;
mod stubs;
mod syscalls;
mod types;

pub use bitfields::{Bitfields, Block, Field, TaggedUnion};
pub use condition::Condition;
pub use interface::{Interface, Method, Parameter, Struct, read_interfaces};
pub use syscalls::{Syscall, read_syscalls};

use std::fs;
use std::path::{Path, PathBuf};

use sel4_config_data::Installation;

/// Why the Rust source could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The installation is incomplete.
    #[error(transparent)]
    Installation(#[from] sel4_config_data::Error),
    /// An interface file says something that is not understood here.
    #[error("{file}: {reason}")]
    Interface {
        /// The file.
        file: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
    /// libclang could not read the C headers.
    #[error("bindgen: {0}")]
    Bindgen(#[from] bindgen::BindgenError),
    /// A file could not be read or written.
    #[error("{path:?}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn interface(file: &Path, reason: impl Into<String>) -> Self {
        Self::Interface {
            file: file.to_owned(),
            reason: reason.into(),
        }
    }
}

/// Writes `bindings.rs`, `bitfields.rs`, `labels.rs`, `syscalls.rs` and `stubs.rs` into `out_dir`.
///
/// Returns the interface files that were read: when one of them changes, it has to be done again.
pub fn generate(installation: &Installation, out_dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let bitfields = Bitfields::read(installation)?;
    let interfaces = read_interfaces(installation)?;
    let syscalls = read_syscalls(installation)?;
    let types = types::Types::read(installation, &interfaces, &bitfields)?;

    bindings::write_bindings(installation, &bitfields, &syscalls, out_dir)?;
    write(out_dir, "bitfields.rs", &bitfields_rust::render(&bitfields))?;
    write(out_dir, "labels.rs", &stubs::render_labels(&interfaces))?;
    write(out_dir, "syscalls.rs", &syscalls::render(&syscalls))?;
    write(out_dir, "stubs.rs", &stubs::render(&interfaces, &types)?)?;

    let mut read: Vec<PathBuf> = interfaces.files.clone();
    read.extend(bitfields.files.iter().cloned());
    read.push(installation.find("kernel/gen_config.json")?);
    read.push(syscalls::path(installation)?);
    read.extend(installation.include_dirs().iter().cloned());
    Ok(read)
}

fn write(out_dir: &Path, name: &str, text: &str) -> Result<(), Error> {
    let path = out_dir.join(name);
    fs::write(&path, text).map_err(|source| Error::Io { path, source })
}

pub(crate) fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Io {
        path: path.to_owned(),
        source,
    })
}
