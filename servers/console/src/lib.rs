// SPDX-License-Identifier: MIT OR Apache-2.0
//! Console server: the serial port as a confined process.
//!
//! This library is what other servers depend on: the [interface](Console) and its
//! [client](ConsoleClient). Input belongs to the first client that subscribes to it; output and log
//! lines (a second interface on the same endpoint, `croft_ipc::log`) are open to every client. Only this server makes frames on the line (`croft-console-frame`),
//! so nothing that a program writes can be taken for a log line or the end of the run.
//!
//! The [service](Service) itself is here too, over a [`Line`] that the host tests mock; the server
//! (binary `console`, feature `server`) is the thin shell that owns the device.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod inspect;
mod interface;
mod line;
mod log;
#[cfg(feature = "server")]
pub mod server;
mod service;
mod tell;

pub use interface::{
    Channel, Console, ConsoleClient, ConsoleFinish, ConsoleInterface, Error, Input, READ_MAX,
    Taken, WRITE_MAX, WindowSize,
};
pub use line::{INPUT_BYTES, Line, Received, Receiver};
pub use service::Service;
pub use tell::{say, tell};
