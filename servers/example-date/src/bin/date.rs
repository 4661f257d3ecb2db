// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server's program. Its arguments are the names of those who may set the clock.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_example_date::{DateInterface, RealTimeClock, Service};
use croft_ipc::Serving;
use croft_registry::Names;
use croft_server::{Process, SetupError};

croft_server::main!(|process| process.serve(|_| {
    let names = Names::of(&process)?;
    let service = Service {
        device: device(&process)?,
        may_set: move |badge| may_set(&process, &names, badge),
    };
    publish(&process)?;
    Ok(Serving::<DateInterface, _>::new(service))
}));

/// Publishes the service. Messages that come before it serves wait for it.
fn publish(process: &Process) -> Result<(), SetupError> {
    Names::of(process)?
        .publish(process, "date")
        .map_err(|error| {
            log::error!("{error}");
            SetupError::Capability("registry")
        })
}

/// Whether the caller with that badge is one of those in the arguments; not somebody to whom it gave a part of its view.
fn may_set(process: &Process, names: &Names, badge: u64) -> bool {
    let identity = names.view().identify(badge);
    let mut list = process.arguments().split(|byte| *byte == b' ');
    identity.is_ok_and(|who| !who.derived && list.any(|name| name == who.client.as_bytes()))
}

#[cfg(target_arch = "aarch64")]
fn device(process: &Process) -> Result<impl RealTimeClock, SetupError> {
    use safe_mmio::fields::ReadPureWrite;
    let mut registers = process.registers::<[ReadPureWrite<u32>; 3]>("rtc")?;
    Ok(croft_example_date::Pl031(move |register, value| {
        let Some(mut register) = registers.get(register) else {
            return 0;
        };
        if let Some(value) = value {
            register.write(value);
        }
        register.read()
    }))
}

#[cfg(target_arch = "x86_64")]
fn device(process: &Process) -> Result<impl RealTimeClock, SetupError> {
    let ports = process.io_ports("rtc-ports")?;
    Ok(croft_example_date::Cmos(move |register, value| {
        ports.write(0, register);
        if let Some(value) = value {
            ports.write(1, value);
        }
        ports.read(1)
    }))
}
