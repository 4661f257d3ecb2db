// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in a boot image.
//!
//! The image builder (`images/builder`) writes a *payload* behind the root task; the root task reads it
//! and starts the servers that it lists. The payload is, from its first byte:
//!
//! | offset | what |
//! |---|---|
//! | 0 | the magic [`MAGIC`] |
//! | 8 | length of the encoded manifest in bytes, u64, little-endian |
//! | 16 | the manifest: [`VERSION`] as a postcard `u32`, then a postcard [`Manifest`] |
//! | next page | the files, each at the start of a page ([`PAGE`]), named by [`FileRange`]s |
//!
//! Everything that is read stays borrowed from the payload: reading needs no heap and copies nothing.
//! Nothing here trusts the bytes: whatever they are, decoding ends with a value or an [`Error`], and a
//! [`Payload`] that was opened names only files that lie inside it, only servers that exist, and each
//! server after those that it depends on.
//!
//! This crate may touch nothing: it is pure, and serves both sides. `alloc` (encoding) is for the builder.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

mod check;
mod error;
mod log;
mod manifest;
mod names;
mod payload;
mod sequence;
mod strings;
mod world;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use log::{LogLevel, UnknownLevel};
pub use manifest::{
    Authority, Capability, File, FileRange, Interrupt, Manifest, Polarity, Reserve, Restart,
    Server, Slots, Trigger,
};
pub use names::{RegistryArguments, RegistryClient, ShownName};
pub use payload::Payload;
#[cfg(feature = "alloc")]
pub use payload::{encode_manifest, place_files};
pub use sequence::Sequence;
#[cfg(feature = "alloc")]
pub use sequence::SequenceBuffer;
pub use strings::Strings;
#[cfg(feature = "alloc")]
pub use strings::StringsBuffer;
pub use world::{Stream, WindowSize, WorldArguments};

/// The first eight bytes of a payload.
pub const MAGIC: [u8; 8] = *b"CROFTPLD";

/// The version of the manifest's encoding. Builder and root task must agree exactly: both come out of
/// one tree, so a difference means that an old root task met a new image or the other way round.
pub const VERSION: u32 = 2;

/// The alignment of files in the payload, in bytes: the smallest page of both architectures, so that a
/// file can be handed over as frames.
pub const PAGE: u64 = 4096;

/// The longest name of a server, capability or file, in bytes.
pub const NAME_LENGTH: usize = 31;
