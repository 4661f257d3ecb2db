// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a payload is refused.
use core::fmt;

/// Why a payload, a manifest or a server's arguments cannot be used.
///
/// Names that could be read are part of the error, so that the message names the culprit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error<'a> {
    /// There is no payload: the magic is missing.
    NoPayload,
    /// The payload ends before its own header or manifest does.
    CutShort,
    /// The encoding is of another version.
    Version {
        /// The version found.
        found: u32,
    },
    /// The bytes are not an encoded manifest (or arguments of a world or a registry).
    Malformed,
    /// A name is empty, too long, or has other characters than `a-z`, `0-9`, `-`, `.` and `_`.
    BadName(&'a str),
    /// Two servers, or two capabilities or files of one server, have the same name.
    Duplicate(&'a str),
    /// A server asks for the service of one that is not started before it (or does not exist).
    UnknownServer {
        /// Who asks.
        server: &'a str,
        /// For whom.
        wants: &'a str,
    },
    /// A file is not wholly inside the payload, or does not start at a page.
    BadFile {
        /// The server that it belongs to; empty for the startup program.
        server: &'a str,
        /// The file; `image` for the server's own program.
        file: &'a str,
    },
    /// A reserve in percent is not within 1 … 100, or one in bytes is 0.
    BadReserve(&'a str),
    /// A number of an authority makes no sense (no pages, ports in the wrong order, unaligned frames).
    BadAuthority {
        /// The server.
        server: &'a str,
        /// The capability.
        capability: &'a str,
    },
}

impl fmt::Display for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoPayload => write!(f, "there is no payload behind the root task (no CROFTPLD)"),
            Error::CutShort => write!(f, "the payload is cut short"),
            Error::Version { found } => write!(
                f,
                "the manifest has version {found}, this root task reads version {}: build the image anew",
                crate::VERSION
            ),
            Error::Malformed => write!(f, "the manifest cannot be decoded"),
            Error::BadName(name) => write!(
                f,
                "\"{name}\" is no name: 1 to {} of a-z 0-9 - . _",
                crate::NAME_LENGTH
            ),
            Error::Duplicate(name) => write!(f, "the name \"{name}\" is used twice"),
            Error::UnknownServer { server, wants } => write!(
                f,
                "server \"{server}\" wants the service of \"{wants}\", which is not started before it"
            ),
            Error::BadFile { server: "", file } => {
                write!(f, "the file \"{file}\" is not inside the payload")
            }
            Error::BadFile { server, file } => write!(
                f,
                "the file \"{file}\" of server \"{server}\" is not inside the payload"
            ),
            Error::BadReserve(server) => {
                write!(f, "the reserve of server \"{server}\" is not usable")
            }
            Error::BadAuthority { server, capability } => write!(
                f,
                "the capability \"{capability}\" of server \"{server}\" makes no sense"
            ),
        }
    }
}

impl core::error::Error for Error<'_> {}
