// SPDX-License-Identifier: MIT OR Apache-2.0
//! Finds an installed seL4 kernel and reads its configuration.
//!
//! Runs on the build host only: build scripts and procedural macros of `sel4-config`, `sel4-sys` and
//! `sel4` call it. It reads files below `SEL4_PREFIX` (or the folders in `SEL4_INCLUDE_DIRS`) and
//! writes nothing.
#![forbid(unsafe_code)]

mod configuration;
mod installation;

pub use configuration::{Configuration, Value};
pub use installation::{Architecture, Installation};

use std::path::PathBuf;

/// Why the kernel's interface could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither environment variable names a kernel.
    #[error(
        "SEL4_PREFIX is not set. Set it to an installed seL4 kernel (a folder with bin/ and libsel4/), \
         for example one below target/croft that images/run has built"
    )]
    NoPrefix,
    /// A relative path means different folders to different tools.
    #[error("{variable} must be an absolute path, but is {path:?}")]
    RelativePath {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        path: PathBuf,
    },
    /// A file of the kernel's interface is missing.
    #[error(
        "no {file} in the kernel's include folders {searched:?}: is SEL4_PREFIX a complete installation?"
    )]
    FileMissing {
        /// The file's path below an include folder.
        file: String,
        /// Where it was looked for.
        searched: Vec<PathBuf>,
    },
    /// A file could not be read.
    #[error("cannot read {path:?}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// gen_config.json is not a JSON object of simple values.
    #[error("the kernel configuration is not a JSON object of booleans, numbers and strings: {0}")]
    Json(String),
    /// The configuration is for an architecture that is not known here.
    #[error("the kernel configuration names neither ARCH_X86_64 nor ARCH_AARCH64")]
    UnknownArchitecture,
}
