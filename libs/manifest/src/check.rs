// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a decoded manifest must fulfil before anybody relies on it.
use crate::{
    Authority, Capability, Error, FileRange, Manifest, NAME_LENGTH, PAGE, Reserve, Server,
};

/// Checks names, references, ranges and numbers against a payload of `length` bytes.
pub(crate) fn manifest<'a>(manifest: &Manifest<'a>, length: u64) -> Result<(), Error<'a>> {
    range(manifest.startup, length, "", "startup")?;
    for (place, server) in manifest.servers.iter().enumerate() {
        name(server.name)?;
        if manifest
            .servers
            .iter()
            .take(place)
            .any(|other| other.name == server.name)
        {
            return Err(Error::Duplicate(server.name));
        }
        self::server(&server, length)?;
        for capability in server.capabilities.iter() {
            if let Authority::Service { server: wants } = capability.authority {
                let mut earlier = manifest.servers.iter().take(place);
                if !earlier.any(|other| other.name == wants) {
                    let server = server.name;
                    return Err(Error::UnknownServer { server, wants });
                }
            }
        }
    }
    Ok(())
}

/// Checks one server by itself.
fn server<'a>(server: &Server<'a>, length: u64) -> Result<(), Error<'a>> {
    range(server.image, length, server.name, "image")?;
    match server.reserve {
        Reserve::Bytes(1..) | Reserve::Percent(1..=100) | Reserve::Rest => {}
        Reserve::Bytes(_) | Reserve::Percent(_) => return Err(Error::BadReserve(server.name)),
    }
    for (place, capability) in server.capabilities.iter().enumerate() {
        name(capability.name)?;
        let mut earlier = server.capabilities.iter().take(place);
        if earlier.any(|other| other.name == capability.name) {
            return Err(Error::Duplicate(capability.name));
        }
        if !sensible(&capability) {
            return Err(Error::BadAuthority {
                server: server.name,
                capability: capability.name,
            });
        }
    }
    for (place, file) in server.files.iter().enumerate() {
        name(file.name)?;
        if server
            .files
            .iter()
            .take(place)
            .any(|other| other.name == file.name)
        {
            return Err(Error::Duplicate(file.name));
        }
        range(file.range, length, server.name, file.name)?;
    }
    Ok(())
}

/// Whether the numbers of an authority can be meant.
fn sensible(capability: &Capability<'_>) -> bool {
    match capability.authority {
        Authority::DeviceFrames { physical, pages } => {
            let end = (u64::from(pages) * PAGE).checked_add(physical);
            pages > 0 && physical.is_multiple_of(PAGE) && end.is_some()
        }
        Authority::IoPorts { first, last } => first <= last,
        Authority::Service { .. } | Authority::Interrupt(_) | Authority::Look => true,
    }
}

/// Checks that a file lies inside the payload.
fn range<'a>(
    range: FileRange,
    length: u64,
    server: &'a str,
    file: &'a str,
) -> Result<(), Error<'a>> {
    let inside = range
        .offset
        .checked_add(range.length)
        .is_some_and(|end| end <= length);
    if inside && range.offset.is_multiple_of(PAGE) {
        Ok(())
    } else {
        Err(Error::BadFile { server, file })
    }
}

/// Checks a name's length and characters.
pub(crate) fn name(name: &str) -> Result<(), Error<'_>> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    if (1..=NAME_LENGTH).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(Error::BadName(name))
    }
}
