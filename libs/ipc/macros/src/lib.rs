// SPDX-License-Identifier: MIT OR Apache-2.0
//! The macros of `croft-ipc`; what they are for stands there.
//!
//! [`macro@interface`] reads a trait ([`mod@parse`]) and writes its client, its dispatch and its description
//! ([`mod@generate`]). [`macro@data`] makes a struct or enum something that can travel ([`mod@derive`]).
//! What they write calls `croft_ipc` and needs nothing else in scope. They touch no file.
#![forbid(unsafe_code)]

mod derive;
mod generate;
mod parse;

use proc_macro::TokenStream;
use syn::Error;

/// Makes a trait an interface: `#[interface(number = 128, version = 1)]`.
///
/// The trait is the server's side: who implements it for its state can serve it. From `trait Counter` come besides
///
/// * `CounterClient`, whose methods have the same names and arguments and give `Result<_, CallError<_>>`;
/// * `CounterInterface`, which names the interface where a type is needed (dispatch, registry, tests);
/// * `CounterAdd` for each method `add`: the method as a type, for replies that come later.
///
/// Arguments of the attribute: `number` (1 … 255, unique: see `croft_ipc::numbers`), `version` (1 … 15: raise it with any
/// change but new methods), and `name`, if it is not the trait's name in snake case. In tests the crate needs `croft-ipc`
/// with feature `mock`: a test compares the interface with what `interfaces.lock` beside the crate's manifest says that it
/// was (`croft_ipc::lock`). `recorded = false` leaves that out, for interfaces that nobody relies on.
///
/// # Methods
/// A method takes `&mut self` and gives a reply, or a `Result` of a reply and an error. It is known by a number that counts
/// from 1 in the order of the trait, so new ones go to the end; `#[method(7)]` gives a number, from which those below it
/// count on, as for an enum's variants.
///
/// | type in the trait | what it is | the client has |
/// |---|---|---|
/// | any `Data` | an argument or the reply | the same |
/// | `&[u8]`, `&str` | borrowed; `#[max(N)]` before it (for a reply: before the method) says how many bytes at most | the same |
/// | `Caller` as an argument | who asks; does not travel | nothing |
/// | `ReceivedCapability` as an argument | a capability that must come with the request | `CapabilityAddress` |
/// | `CapabilityAddress`, alone or first in a pair, as the reply | a capability that goes back | takes a `ReceiveSlot`, gives `ReceivedCapability` |
/// | `Deferrable<R>` as the reply | `R`, perhaps later | `R` |
///
/// `#[repeatable]` before a method says that asking twice does what asking once does and needs nothing that the server
/// knows of its client: a client over a `Reconnecting` transport repeats it when the server was started anew.
///
/// A reply that borrows is given to a closure on the client's side: it stands in the message.
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    parse::interface(arguments.into(), item.into())
        .map(|interface| generate::interface(&interface))
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

/// Makes a struct or enum `Data`: derives serde's traits, `Data`, `Clone`, `Debug`, `PartialEq` and `Eq`.
#[proc_macro_attribute]
pub fn data(arguments: TokenStream, item: TokenStream) -> TokenStream {
    derive::attribute(&arguments.into(), item.into())
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

/// Derives `Data` for a struct or enum whose fields are `Data`.
#[proc_macro_derive(Data)]
pub fn derive_data(item: TokenStream) -> TokenStream {
    derive::derive(item.into())
        .unwrap_or_else(Error::into_compile_error)
        .into()
}
