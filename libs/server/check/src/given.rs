// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the image description gives.

use crate::{Context, expect};
use alloc::format;
use alloc::string::String;
use croft_server::SetupError;

/// The text in `images/server-check.toml`.
pub fn arguments(context: &Context) -> Result<(), String> {
    let arguments = context.process.arguments();
    expect(arguments == b"one two", format!("{arguments:?}"))
}

/// The file is this package's manifest.
pub fn files(context: &Context) -> Result<(), String> {
    let bytes = context
        .process
        .file("manifest")
        .map_err(|error| format!("{error}"))?;
    expect(
        bytes == include_bytes!("../Cargo.toml"),
        format!("{} other bytes", bytes.len()),
    )
}

/// A name that the description does not have is an error that says so.
pub fn missing(context: &Context) -> Result<(), String> {
    let endpoint = context.process.endpoint("nobody");
    expect(
        endpoint == Err(SetupError::Capability("nobody")),
        "an endpoint",
    )?;
    let file = context.process.file("nothing");
    expect(file == Err(SetupError::File("nothing")), "a file")?;
    // It is there, but is no device.
    let registers = context.process.registers::<u64>("console");
    expect(registers.is_err(), "registers")
}
