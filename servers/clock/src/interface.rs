// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clock's interface: requests, replies, errors.

use crate::Parameters;
use croft_ipc::{Interface, numbers};
use serde::{Deserialize, Serialize};

/// The interface of the clock server. A client is known by the badge of its capability.
pub struct Clock;

impl Interface for Clock {
    const NAME: &'static str = "clock";
    const NUMBER: u8 = numbers::CLOCK;
    const VERSION: u8 = 1;
    type Request<'a> = Request;
    type Reply<'a> = Parameters;
    type Error = Error;
}

/// What can be asked. The reply is always the [`Parameters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// How the processor's counter relates to time.
    Parameters,
    /// Registers the notification capability that comes with the message: it is signalled when the client's timer
    /// expires. A second one replaces the first.
    Subscribe,
}

/// Methods whose messages are plain words.
pub mod method {
    /// `[deadline]`: sets the client's one-shot timer to expire when the counter reaches `deadline`, in place of an
    /// earlier one. One in the past expires at once. The reply has no words.
    pub const SET_TIMER: u8 = 1;
    /// `[]`: takes the client's timer back. It may have expired already; the reply has no words.
    pub const CANCEL: u8 = 2;
}

/// Why the clock refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Error {
    /// No notification came with the request.
    NotificationMissing,
    /// Set a timer only after [`Request::Subscribe`].
    NotSubscribed,
    /// The table of clients is full: subscribe fewer.
    TooManyClients {
        /// How many there can be.
        capacity: u8,
    },
    /// The server could not keep the notification capability.
    NoSlot,
}
