// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console server's program.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

croft_server::main!(croft_console::server::run);
