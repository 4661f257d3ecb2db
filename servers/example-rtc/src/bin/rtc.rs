// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's program: gives the driver the registers of the machine.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_example_rtc::{Rtc, RtcInterface};
use croft_ipc::Serving;
use croft_server::{Process, SetupError};

croft_server::main!(
    |process| process.serve(|_| Ok(Serving::<RtcInterface, _>::new(driver(&process)?)))
);

#[cfg(target_arch = "aarch64")]
fn driver(process: &Process) -> Result<impl Rtc, SetupError> {
    let register = process.registers::<safe_mmio::fields::ReadPure<u32>>("rtc")?;
    Ok(croft_example_rtc::Pl031(move || register.read()))
}

#[cfg(target_arch = "x86_64")]
fn driver(process: &Process) -> Result<impl Rtc, SetupError> {
    let ports = process.io_ports("rtc-ports")?;
    Ok(croft_example_rtc::Cmos(move |register| {
        ports.write(0, register);
        ports.read(1)
    }))
}
