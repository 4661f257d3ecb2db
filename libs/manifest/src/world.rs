// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a Unix world is told at its start: the arguments of the server `servers/unix`.
use serde::{Deserialize, Serialize};

use crate::{Error, Strings, VERSION};

/// The arguments of a Unix world, by which it makes its first process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldArguments<'a> {
    /// The first process' argument vector. The program is looked for in `PATH` as a shell does.
    #[serde(borrow)]
    pub arguments: Strings<'a>,
    /// Its environment, each `NAME=value`.
    #[serde(borrow)]
    pub environment: Strings<'a>,
    /// Its working directory.
    #[serde(borrow)]
    pub working_directory: &'a [u8],
    /// What `uname -n` says.
    #[serde(borrow)]
    pub hostname: &'a str,
    /// Its file descriptors 0, 1 and 2.
    pub streams: [Stream; 3],
    /// The size of the host's terminal when the run began.
    pub window: WindowSize,
    /// Whether the world reports what it does: calls that it does not have, with the program's name.
    pub verbose: bool,
    /// Whether the world ends the run when its first process ends.
    pub exit_with_init: bool,
    /// What the world's random numbers begin with. Fixed in a deterministic run.
    pub seed: [u8; 32],
}

/// What a standard stream of the first process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// The console as a terminal: with line discipline and job control.
    Terminal,
    /// A plain byte stream, as a pipe: no echo, no translation, an end.
    Pipe,
}

/// Size of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSize {
    /// Characters from top to bottom.
    pub rows: u16,
    /// Characters from left to right.
    pub columns: u16,
}

impl<'a> WorldArguments<'a> {
    /// Decodes what [`WorldArguments::encode`] gave.
    ///
    /// # Errors
    /// [`Error::Version`] if another version encoded it, [`Error::Malformed`] if it is none.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Error<'a>> {
        let (found, rest) =
            postcard::take_from_bytes::<u32>(bytes).map_err(|_| Error::Malformed)?;
        if found != VERSION {
            return Err(Error::Version { found });
        }
        match postcard::take_from_bytes(rest) {
            Ok((arguments, [])) => Ok(arguments),
            Ok(_) | Err(_) => Err(Error::Malformed),
        }
    }

    /// The encoded form, for [`crate::Server::arguments`].
    ///
    /// # Errors
    /// [`Error::Malformed`] if it has no encoding.
    #[cfg(feature = "alloc")]
    pub fn encode(&self) -> Result<alloc::vec::Vec<u8>, Error<'static>> {
        postcard::to_allocvec(&(VERSION, self)).map_err(|_| Error::Malformed)
    }
}
