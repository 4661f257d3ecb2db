// SPDX-License-Identifier: MIT OR Apache-2.0
//! The services of the patterns, which both sides trust. Its argument says which one it is.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_patterns::collaboration::Auction;
use croft_patterns::collaboration::children::FactoryServer;
use croft_patterns::identify::Registrar;
use croft_patterns::paste::Clipboards;
use croft_patterns::power_box::console::over_console;
use croft_server::{Family, Process, Stopped};

/// How long a meeting lasts at most, in milliseconds.
const MEETING: u64 = 1000;

croft_server::main!(|process| match process.arguments() {
    b"registrar" => process.serve(|capabilities| Ok(Registrar::new(capabilities))),
    b"clipboard" => process.serve(|capabilities| Ok(Clipboards::new(capabilities))),
    b"power-box" => process.serve(|capabilities| over_console(&process, capabilities)),
    b"factory" => factory(&process),
    // The factory's agent.
    b"auction" => process.serve(|capabilities| Ok(Auction::new(capabilities))),
    _ => 1,
});

fn factory(process: &Process) -> i32 {
    match FactoryServer::new(process, MEETING) {
        Ok((mut factory, receive)) => match Family::serve(&mut factory, receive) {
            Stopped::Finished | Stopped::EndRequested => 0,
        },
        Err(error) => {
            log::error!("{error}");
            1
        }
    }
}
