// SPDX-License-Identifier: MIT OR Apache-2.0
//! The payload as a whole: header, manifest, files.
use crate::{Error, FileRange, MAGIC, Manifest, VERSION, check};

/// A payload that was opened: its manifest was decoded and checked.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    bytes: &'a [u8],
    manifest: Manifest<'a>,
}

impl<'a> Payload<'a> {
    /// Opens the payload that starts at `bytes`. There may be more bytes than it has (up to the end of
    /// the last page, for instance).
    ///
    /// # Errors
    /// Whatever is wrong with it, by [`Error`].
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error<'a>> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(Error::NoPayload)?;
        if *magic != MAGIC {
            return Err(Error::NoPayload);
        }
        let (length, rest) = rest.split_first_chunk::<8>().ok_or(Error::CutShort)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| Error::CutShort)?;
        let encoded = rest.get(..length).ok_or(Error::CutShort)?;
        let manifest = decode_manifest(encoded)?;
        check::manifest(&manifest, bytes.len() as u64)?;
        Ok(Payload { bytes, manifest })
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest<'a> {
        &self.manifest
    }

    /// The content of a file. Empty if `range` is none of this payload's.
    #[must_use]
    pub fn file(&self, range: FileRange) -> &'a [u8] {
        let start = usize::try_from(range.offset).ok();
        let end = range.offset.checked_add(range.length);
        let end = end.and_then(|end| usize::try_from(end).ok());
        match (start, end) {
            (Some(start), Some(end)) => self.bytes.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// Decodes version and manifest; the references in it are not checked yet.
fn decode_manifest(encoded: &[u8]) -> Result<Manifest<'_>, Error<'_>> {
    let (found, rest) = postcard::take_from_bytes::<u32>(encoded).map_err(|_| Error::Malformed)?;
    if found != VERSION {
        return Err(Error::Version { found });
    }
    let (manifest, rest) =
        postcard::take_from_bytes::<Manifest<'_>>(rest).map_err(|_| Error::Malformed)?;
    if rest.is_empty() {
        Ok(manifest)
    } else {
        Err(Error::Malformed)
    }
}

/// The payload's header and `manifest` behind it, to be followed by the files.
///
/// # Errors
/// [`Error::Malformed`] if it has no encoding.
#[cfg(feature = "alloc")]
pub fn encode_manifest(manifest: &Manifest<'_>) -> Result<alloc::vec::Vec<u8>, Error<'static>> {
    let version = postcard::to_allocvec(&VERSION).map_err(|_| Error::Malformed)?;
    let body = postcard::to_allocvec(manifest).map_err(|_| Error::Malformed)?;
    let length = (version.len() + body.len()) as u64;
    let mut bytes = alloc::vec::Vec::new();
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&version);
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// Places files of the given lengths one after the other, each at the start of a page, from `start` on.
/// `start` is a multiple of [`crate::PAGE`] that is not below the manifest's end.
#[cfg(feature = "alloc")]
#[must_use]
pub fn place_files(start: u64, lengths: &[u64]) -> alloc::vec::Vec<FileRange> {
    let mut offset = start;
    lengths
        .iter()
        .map(|&length| {
            let range = FileRange { offset, length };
            offset += length.next_multiple_of(crate::PAGE);
            range
        })
        .collect()
}
