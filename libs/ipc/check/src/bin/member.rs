// SPDX-License-Identifier: MIT OR Apache-2.0
//! One of the crowd: its server dies while it waits; then it goes on with the successor.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_calls_check::PatienceClient;
use croft_ipc::CallError;
use croft_server::Process;

croft_server::main!(run);

/// The status says how far it came.
fn run(process: Process) -> i32 {
    let Ok(server) = PatienceClient::connect_to(&process, "patient") else {
        return 1;
    };
    if server.never() != Err(CallError::Gone) {
        return 2;
    }
    if process.renew(server.transport()).is_err() {
        return 3;
    }
    match server.next(41) {
        Ok(42) => 0,
        _ => 4,
    }
}
