// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clock server: timer interrupts, monotonic time, real time. It also serves `croft_ipc::alarm`, for runtimes.
//!
//! This library is what other servers depend on: the [interface](Clock) and its
//! [client](ClockClient), with the arithmetic that turns the processor's counter into time
//! ([`Parameters`]). A client asks for the parameters once and then reads the counter itself
//! (`croft_server::counter`), so that the time costs no call. The server's own pure parts (the timer
//! table, the calendar of the PC's clock) are here too, where the host tests them; the server (binary
//! `clock`, feature `server`) is the thin shell that owns the devices.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod calendar;
mod handler;
mod interface;
mod parameters;
#[cfg(feature = "server")]
pub mod server;
mod timers;

pub use calendar::{CmosError, CmosReading};
pub use handler::{Machine, Service};
pub use interface::{Clock, ClockClient, ClockInterface, Error};
pub use parameters::{CounterScale, Parameters};
pub use timers::{CLIENTS, Timers};
