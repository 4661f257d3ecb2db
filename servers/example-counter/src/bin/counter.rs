// SPDX-License-Identifier: MIT OR Apache-2.0
//! The server's program.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use croft_example_counter::Service;

croft_server::main!(|process| process.serve(|capabilities| Ok(Service::new(capabilities))));
