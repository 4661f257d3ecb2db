// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed calls over seL4 IPC: one trait is the interface, for client and server.
//!
//! ```
//! use croft_ipc::{CallError, data, interface, mock::Machine};
//!
//! /// Doubles numbers.
//! #[interface(number = 200, version = 1)]
//! trait Doubling {
//!     /// Twice as much.
//!     fn double(&mut self, number: u64) -> Result<u64, TooLarge>;
//! }
//!
//! /// The double is no 64-bit number.
//! #[data]
//! struct TooLarge;
//!
//! /// The server's state. Who implements the trait can serve it.
//! struct Doubler;
//! impl Doubling for Doubler {
//!     fn double(&mut self, number: u64) -> Result<u64, TooLarge> {
//!         number.checked_mul(2).ok_or(TooLarge)
//!     }
//! }
//!
//! let machine = Machine::serving::<DoublingInterface>(Doubler);
//! let client = DoublingClient::new(machine.client(1));
//! assert_eq!(client.double(4), Ok(8));
//! assert_eq!(client.double(1 << 63), Err(CallError::Refused(TooLarge)));
//! ```
//!
//! # What is where
//! * [`macro@interface`] says what a method can take and give; [`macro@data`] makes types that can travel ([`Data`]).
//! * On seL4 a client is made with `CounterClient::connect(&process)`, and a server serves with
//!   `croft_server::Process::serve`; the module `kernel` (feature `sel4`) is the transport below them. On the host
//!   (feature `mock`) both meet in [`mock::Machine`]: the same bytes, and stand-ins for capabilities.
//! * A server does to capabilities what [`Capabilities`] has: mints, keeps, saves callers for a late answer; a whole request
//!   can be kept, to be asked again ([`KeptRequest`]). Its
//!   objects live in [`Objects`], each behind a badge of its own.
//! * Errors are of three kinds ([`CallError`]): you asked wrong, it is not there any more, the transport failed; and
//!   for who wants that, a server that was started anew ([`Reconnecting`]), and time that is over.
//! * What was promised stays: [`lock`].
//!
//! # How it travels
//! The label of a message is interface number, version and method ([`Label`]). Arguments whose fixed forms take at
//! most four machine words travel in registers and stay on the kernel's fast path; so do replies. Everything else is postcard
//! in the message buffer, at most [`MESSAGE_BYTES`]; a method that could exceed that does not compile. The choice is made at
//! compile time, from the types. One capability may go along in each direction.
//!
//! # Why a trait
//! A definition file that a build script reads was the other way. It would need a language of its own with a parser,
//! names for types that Rust has already, and generated code that no editor shows; a server written against it still is
//! an `impl` of a generated trait. With the attribute that trait is what is written: its documentation is the
//! interface's, types are Rust's own (a struct that travels is any struct with `#[data]`), a missing method is the compiler's
//! error at the `impl`, and nothing is generated into files. What the file would give, another language's client, nobody
//! needs here; and what it would keep stable by being read by people, `interfaces.lock` keeps stable by a test.
//!
//! Called by every server and every client of one. Touches nothing but the caller's own IPC buffer.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "mock")]
extern crate alloc;
// What the macros write names this crate.
extern crate self as croft_ipc;

pub mod alarm;
mod answer;
mod capabilities;
pub mod data;
mod error;
mod invoke;
mod kept_request;
#[cfg(feature = "sel4")]
pub mod kernel;
mod label;
#[cfg(feature = "mock")]
pub mod lock;
pub mod log;
mod method;
#[cfg(feature = "mock")]
pub mod mock;
pub mod numbers;
mod objects;
mod reconnecting;
mod serve;
mod shared;
#[cfg(feature = "sel4")]
pub mod trace;
mod transport;
mod wire;

pub use answer::{
    Caller, Deferrable, Dispatch, answer, arguments, caller, capability, late_answer, no_answer,
};
pub use capabilities::{Capabilities, Kept, NoSlot, PassOnError, SavedCaller};
/// The derive macro behind [`data`].
pub use croft_ipc_macros::Data;
/// Makes a struct or enum something that can travel: `#[croft_ipc::data]`.
pub use croft_ipc_macros::data;
pub use croft_ipc_macros::interface;
pub use data::{Bytes, Data, FixedWords, Text, TooLong};
pub use error::{CallError, Never, ProtocolError, TransportError};
pub use invoke::{Connector, invoke};
pub use kept_request::{KEPT_BYTES, KeptRequest};
pub use label::{Label, Status};
pub use method::{Definition, Method, MethodDescription, check};
pub use objects::{OBJECT_BADGE_BIT, Objects, TableFull};
pub use reconnecting::Reconnecting;
#[doc(hidden)]
pub use serde;
pub use serve::{Call, EVENT_BADGE_BIT, Incoming, Outgoing, Server, Serving, refuse};
pub use shared::{MapError, SharedError, SharedMemory};
pub use transport::{
    CapabilityAddress, Outcome, ReceiveSlot, ReceivedCapability, Send, Transport, TransportFailure,
    WordsOutcome,
};
pub use wire::{MESSAGE_BYTES, MESSAGE_WORDS, WORDS, decode, encode, words_of, words_to_bytes};
