// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong, in words for the person at the keyboard, and the exit status that scripts see.
use std::io;
use std::path::{Path, PathBuf};

use crate::Arch;

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an image was not built or not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the host.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something of the operating system that is no file.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A tool of the build environment is not there.
    #[error("{tool} is not installed: run docker/setup")]
    Missing {
        /// Its name.
        tool: String,
    },
    /// A step of the build failed; `output` is what it said.
    #[error("{output}\n{step} failed ({status})")]
    Step {
        /// What was being done.
        step: String,
        /// How the command ended.
        status: String,
        /// All that it printed.
        output: String,
    },
    /// An image description.
    #[error("{}: {text}", path.display())]
    Description {
        /// The description's file.
        path: PathBuf,
        /// What is wrong, with the key.
        text: String,
    },
    /// A new server that cannot be made.
    #[error("no new server \"{name}\": {why}")]
    NewServer {
        /// Its name.
        name: String,
        /// Why not.
        why: String,
    },
    /// The command line names a server that the image does not have.
    #[error("the image has no server \"{name}\"; it has: {known}")]
    NoServer {
        /// The name.
        name: String,
        /// Those that it has.
        known: String,
    },
    /// A program that is to be run is not there, or cannot be read.
    #[error("{}: {source}", path.display())]
    NoProgram {
        /// The host's file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program that cannot run in the guest.
    #[error("{}: {why}", path.display())]
    BadProgram {
        /// The host's file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Something that a build produced is not as it must be.
    #[error("{what}: {why}")]
    BadImage {
        /// Which piece.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file that the aarch64 loader cannot boot.
    #[error(transparent)]
    Loader(#[from] croft_loader::pack::PackError),
    /// Something does not go into the guest's tree.
    #[error("{guest}: {why}")]
    Tree {
        /// The path in the guest.
        guest: String,
        /// Why.
        why: String,
    },
    /// The machine cannot hold the image.
    #[error(
        "the image needs about {} MiB of memory on {arch}, the machine has {}: give it more with --memory, or leave files out",
        needed.div_ceil(1 << 20), memory >> 20
    )]
    TooLarge {
        /// Which machine.
        arch: Arch,
        /// What it takes to boot it, in bytes.
        needed: u64,
        /// What there is, in bytes.
        memory: u64,
    },
    /// What goes into the manifest does not fit together.
    #[error("the image's manifest: {0}")]
    Manifest(String),
    /// QEMU ended before the run was over.
    #[error("QEMU ended before the program did ({status}){errors}")]
    MachineDied {
        /// How QEMU ended.
        status: String,
        /// What it printed, on lines of its own.
        errors: String,
    },
    /// The run was ended from outside.
    #[error("ended by signal {0}")]
    Interrupted(i32),
    /// The reader of the program's output went away.
    #[error("nobody reads the output any more")]
    OutputClosed,
    /// A run ended without the output that was waited for.
    #[error(
        "the run ended with status {status} before \"{wanted}\" came; since then came: {output:?}"
    )]
    Unexpected {
        /// What was waited for.
        wanted: String,
        /// The status that it ended with.
        status: u8,
        /// The output in which it was not.
        output: String,
    },
    /// The run took longer than it may.
    #[error("no end after {seconds} s: QEMU was ended{tail}")]
    Timeout {
        /// The limit.
        seconds: f64,
        /// The last log lines, on lines of their own.
        tail: String,
    },
}

impl Error {
    /// The exit status for scripts: as `env` and `timeout` use them.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Error::Timeout { .. } => 124,
            Error::NoProgram { source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Error::NoProgram { .. } | Error::BadProgram { .. } => 126,
            Error::Interrupted(signal) => 128u8.wrapping_add(*signal as u8),
            Error::OutputClosed => 141,
            _ => 125,
        }
    }

    /// Makes an error about `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        |source| Error::File { path, source }
    }

    /// Makes an error about something of the system.
    pub(crate) fn system(what: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::System { what, source }
    }
}
