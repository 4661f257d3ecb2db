// SPDX-License-Identifier: MIT OR Apache-2.0
//! The PL031 real-time clock: its first register counts the seconds since 1970.

use croft_server::{Process, SetupError};
use safe_mmio::fields::ReadPure;

/// Seconds since 1970-01-01 00:00 UTC.
pub fn seconds(process: &Process) -> Result<u64, SetupError> {
    let data = process.registers::<ReadPure<u32>>("rtc")?;
    Ok(data.read().into())
}
