// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `#[interface]` makes of a trait, apart from client and dispatch: its methods as types.

use crate::{Data, FixedWords, MESSAGE_BYTES};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// One interface: its name, its numbers, its methods.
pub trait Definition {
    /// For log lines and errors, and the name that a client looks it up by.
    const NAME: &'static str;
    /// Tells interfaces apart; 1 … 255, see [`numbers`](crate::numbers).
    const NUMBER: u8;
    /// 1 … 15. Both sides check it.
    const VERSION: u8;
    /// All methods, in the order of their numbers.
    const METHODS: &'static [MethodDescription];
}

/// One method of an interface.
pub trait Method {
    /// Whose.
    type Interface: Definition;
    /// 1 … 255, unique in the interface.
    const NUMBER: u8;
    /// As it is called.
    const NAME: &'static str;
    /// The arguments.
    type Request<'a>: Data + Serialize + Deserialize<'a>;
    /// The reply.
    type Reply<'a>: Data + Serialize + Deserialize<'a>;
    /// Why the server refuses.
    type Error: Data + Serialize + DeserializeOwned;
    /// Whether a capability goes along with the request.
    const SENDS_CAPABILITY: bool;
    /// Whether one comes with the reply.
    const RETURNS_CAPABILITY: bool;
    /// Whether asking twice does what asking once does, and needs nothing that a server knows of its client: then a client
    /// over a [`Reconnecting`](crate::Reconnecting) transport asks the server's successor by itself.
    const REPEATABLE: bool = false;
    /// What the compiler says if a message of it does not fit.
    const TOO_LARGE: &'static str;
}

/// What is known of a method without its types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodDescription {
    /// [`Method::NUMBER`].
    pub number: u8,
    /// [`Method::NAME`].
    pub name: &'static str,
    /// Its arguments and its result, as they are written.
    pub signature: &'static str,
    /// Tells layouts apart: [`Data::LAYOUT`] of everything that travels.
    pub layout: u64,
    /// Whether request and reply travel in registers.
    pub in_registers: (bool, bool),
    /// The most bytes of the request and of the reply.
    pub max_size: (usize, usize),
}

/// Words of a message that travels in registers; `None` if `T` does not.
#[must_use]
pub const fn register_words<T: Data>() -> Option<usize> {
    match T::FIXED {
        Some(size) if size <= FixedWords::BYTES => Some(size.div_ceil(8)),
        _ => None,
    }
}

/// The most bytes of a message with `T` in it.
const fn message_size<T: Data>() -> usize {
    match register_words::<T>() {
        Some(words) => words * 8,
        None => T::MAX_SIZE,
    }
}

/// Fails to compile if a message of the method can be larger than a message may be:
///
/// ```compile_fail,E0080
/// #[croft_ipc::interface(number = 200, version = 1)]
/// trait Large {
///     fn put(&mut self, #[max(2000)] bytes: &[u8]);
/// }
/// ```
///
/// ```
/// #[croft_ipc::interface(number = 200, version = 1)]
/// trait NotSoLarge {
///     fn put(&mut self, #[max(900)] bytes: &[u8]);
/// }
/// ```
pub const fn check<M: Method>() {
    let fits = message_size::<M::Request<'static>>() <= MESSAGE_BYTES
        && message_size::<M::Reply<'static>>() <= MESSAGE_BYTES
        && message_size::<M::Error>() <= MESSAGE_BYTES;
    if !fits {
        panic!("{}", M::TOO_LARGE);
    }
}

impl MethodDescription {
    /// The description of a method; `names` is the layout number of the names of its arguments.
    #[must_use]
    pub const fn of<M: Method>(signature: &'static str, names: u64) -> Self {
        check::<M>();
        let (request, reply) = (M::Request::<'static>::LAYOUT, M::Reply::<'static>::LAYOUT);
        let capabilities = M::SENDS_CAPABILITY as u64 | (M::RETURNS_CAPABILITY as u64) << 1;
        Self {
            number: M::NUMBER,
            name: M::NAME,
            signature,
            layout: crate::data::layout::of(
                M::NAME,
                &[names, request, reply, M::Error::LAYOUT, capabilities],
            ),
            in_registers: (
                !M::SENDS_CAPABILITY
                    && !M::RETURNS_CAPABILITY
                    && register_words::<M::Request<'static>>().is_some(),
                !M::RETURNS_CAPABILITY && register_words::<M::Reply<'static>>().is_some(),
            ),
            max_size: (
                message_size::<M::Request<'static>>(),
                message_size::<M::Reply<'static>>(),
            ),
        }
    }
}
