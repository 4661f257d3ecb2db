// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed messages over seL4 IPC.
//!
//! An [`Interface`] names its request, reply and error types once. [`Client`] turns a request into a
//! `seL4_Call` and its answer into a `Result`; [`dispatch`] turns a received message into a call of a
//! [`Handler`] and its result into an answer. Both sides check the interface's number and version.
//!
//! Messages are postcard in the message registers (at most [`MESSAGE_BYTES`]); calls of up to
//! [`WORDS`] machine words may travel without any encoding and stay on the kernel's fast path
//! ([`Client::call_words`], [`Handler::handle_words`]). One capability may go along in each direction.
//!
//! Called by every server and every client of one. Touches nothing but the caller's own IPC buffer.
//! Everything but the module `kernel` (feature `sel4`) is pure and runs on the host, where
//! [`Loopback`] connects a client with a handler without a kernel.
//!
//! ```
//! use croft_ipc::*;
//! use serde::{Deserialize, Serialize};
//!
//! /// The interface: what can be asked, what comes back.
//! struct Doubling;
//! #[derive(Serialize, Deserialize)]
//! enum Request { Double(u32) }
//! #[derive(Serialize, Deserialize, Debug, PartialEq)]
//! enum Error { TooLarge }
//! impl Interface for Doubling {
//!     const NAME: &'static str = "doubling";
//!     const NUMBER: u8 = 200;
//!     const VERSION: u8 = 1;
//!     type Request<'a> = Request;
//!     type Reply<'a> = u32;
//!     type Error = Error;
//! }
//!
//! struct Doubler;
//! impl Handler for Doubler {
//!     type Interface = Doubling;
//!     fn handle<'s>(&'s mut self, Request::Double(n): Request, _: &Call) -> HandlerResult<'s, Doubling> {
//!         Ok(Answer::Reply(n.checked_mul(2).ok_or(Error::TooLarge)?))
//!     }
//! }
//!
//! let client = Client::<Doubling, _>::new(Loopback::new(Doubler));
//! assert_eq!(client.call(&Request::Double(4), |reply| reply), Ok(8));
//! assert_eq!(client.call(&Request::Double(1 << 31), |r| r), Err(CallError::Refused(Error::TooLarge)));
//! ```
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod client;
mod error;
mod interface;
#[cfg(feature = "sel4")]
pub mod kernel;
mod label;
pub mod log;
mod loopback;
mod serve;
mod transport;
mod wire;

pub use client::Client;
pub use error::{CallError, ProtocolError, TransportError};
pub use interface::{Interface, numbers};
pub use label::{Label, Status};
pub use loopback::Loopback;
pub use serve::{
    Answer, Call, EVENT_BADGE_BIT, Handler, HandlerResult, Incoming, Outgoing, Server, WordsAnswer,
    WordsResult, dispatch, encode_answer, refuse,
};
pub use transport::{
    CapabilityAddress, Outcome, ReceiveSlot, ReceivedCapability, Send, Transport, TransportFailure,
    WordsOutcome,
};
pub use wire::{MESSAGE_BYTES, MESSAGE_WORDS, WORDS, decode, encode, words_of, words_to_bytes};
