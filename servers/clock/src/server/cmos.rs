// SPDX-License-Identifier: MIT OR Apache-2.0
//! The PC's battery-backed clock behind ports 0x70 (which register) and 0x71 (its value).

use crate::CmosReading;
use croft_server::device::IoPorts;
use croft_server::{Process, SetupError};

const STATUS_A: u8 = 0x0a;
const STATUS_B: u8 = 0x0b;
/// Set in status A while the registers change.
const UPDATING: u8 = 1 << 7;

/// An update takes 2 ms at most. Each try is at least two port accesses.
const TRIES: u32 = 10_000;

/// Seconds since 1970-01-01 00:00 UTC; 0 if the clock has no valid date.
pub fn seconds(process: &Process) -> Result<u64, SetupError> {
    let ports = process.io_ports("rtc-ports")?;
    let mut before = reading(&ports);
    // Two readings that agree were not torn by an update.
    for _ in 0..TRIES {
        if register(&ports, STATUS_A) & UPDATING != 0 {
            continue;
        }
        let now = reading(&ports);
        if now == before {
            return Ok(now.unix_seconds().unwrap_or_else(|error| {
                log::warn!("{error}");
                0
            }));
        }
        before = now;
    }
    log::warn!("the real-time clock never stands still; real time starts at 1970");
    Ok(0)
}

fn reading(ports: &IoPorts) -> CmosReading {
    CmosReading {
        seconds: register(ports, 0x00),
        minutes: register(ports, 0x02),
        hours: register(ports, 0x04),
        day: register(ports, 0x07),
        month: register(ports, 0x08),
        year: register(ports, 0x09),
        century: register(ports, 0x32),
        status_b: register(ports, STATUS_B),
    }
}

fn register(ports: &IoPorts, number: u8) -> u8 {
    ports.write(0, number);
    ports.read(1)
}
