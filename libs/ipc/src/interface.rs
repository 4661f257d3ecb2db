// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an interface is.

use core::fmt::Debug;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// One interface: its number, its version and the types of its messages.
///
/// Requests are usually an enum with one variant for each method. Add methods at the end of the enum
/// (existing ones keep their encoding); any other change of a message raises [`Interface::VERSION`].
/// Byte slices in messages should be `#[serde(with = "serde_bytes")]`, which copies them as a whole.
pub trait Interface {
    /// For log lines and errors.
    const NAME: &'static str;
    /// Tells interfaces apart; 1 … 255, see [`numbers`].
    const NUMBER: u8;
    /// 1 … 15. A server answers a request of another version with
    /// [`ProtocolError::WrongVersion`](crate::ProtocolError::WrongVersion).
    const VERSION: u8;
    /// What a client sends; may borrow from the message.
    type Request<'a>: Serialize + Deserialize<'a>;
    /// What comes back; may borrow from the server's state when sent and from the message when read.
    type Reply<'a>: Serialize + Deserialize<'a>;
    /// Why the server refuses: "you asked wrong", in the terms of this interface.
    type Error: Serialize + DeserializeOwned + Debug;
}

/// The numbers of Croft's own interfaces, in one place so that they never collide.
/// 128 … 255 are free for users' servers.
pub mod numbers {
    /// Containers: `libs/container`.
    pub const CONTAINER: u8 = 1;
    /// What a startup image and its parent say to each other, and ends: `libs/process`.
    pub const PROCESS: u8 = 2;
    /// The console: `servers/console`.
    pub const CONSOLE: u8 = 3;
    /// The clock: `servers/clock`.
    pub const CLOCK: u8 = 4;
    /// Log lines: [`crate::log`].
    pub const LOG: u8 = 5;
}
