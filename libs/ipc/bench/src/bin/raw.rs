// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers by hand: the least that a call can cost.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_server::Process;

croft_server::main!(run);

fn run(process: Process) -> i32 {
    let Ok(endpoint) = process.service() else {
        return 1;
    };
    let mut message = endpoint.recv_with_mrs(());
    loop {
        let next = message.msg[0].wrapping_add(1);
        message = endpoint.reply_recv_with_mrs(message.info, [next], ());
    }
}
