// SPDX-License-Identifier: MIT OR Apache-2.0
//! The macros of `sel4-config`; see there.
//!
//! They read the configuration when they are expanded. That a change of `SEL4_PREFIX` expands them
//! again is the doing of `sel4-config`'s build script: whoever uses a macro depends on that crate.
#![forbid(unsafe_code)]

mod condition;
mod conditional;
mod value;

use std::sync::OnceLock;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use sel4_config_data::{Configuration, Installation};

/// The configuration of the kernel that the environment names.
fn configuration() -> syn::Result<&'static Configuration> {
    static CONFIGURATION: OnceLock<Result<Configuration, String>> = OnceLock::new();
    CONFIGURATION
        .get_or_init(|| {
            Installation::from_env()
                .map(|installation| installation.configuration().clone())
                .map_err(|error| error.to_string())
        })
        .as_ref()
        .map_err(|reason| syn::Error::new(proc_macro2::Span::call_site(), reason))
}

fn expand(with: impl FnOnce(&Configuration) -> syn::Result<TokenStream2>) -> TokenStream {
    configuration()
        .and_then(with)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Keeps an item if the configuration meets a condition: `#[sel4_cfg(CONDITION)]`.
///
/// A condition is a key that is a boolean (`DEBUG_BUILD`), a comparison of a key's value
/// (`PLAT = "virt"`, `MAX_NUM_NODES = 1`), or made of conditions by `not(…)`, `all(…, …)` and
/// `any(…, …)`. Keys are those of the kernel's `gen_config.json`; another key is an error.
#[proc_macro_attribute]
pub fn sel4_cfg(condition: TokenStream, item: TokenStream) -> TokenStream {
    expand(|configuration| conditional::cfg(configuration, condition.into(), item.into()))
}

/// Adds attributes to an item if the configuration meets a condition:
/// `#[sel4_cfg_attr(CONDITION, ATTRIBUTE, …)]`.
#[proc_macro_attribute]
pub fn sel4_cfg_attr(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(|configuration| conditional::cfg_attr(configuration, arguments.into(), item.into()))
}

/// Keeps the content of the first branch whose condition is met:
/// `sel4_cfg_if! { if #[sel4_cfg(CONDITION)] { … } else if #[sel4_cfg(CONDITION)] { … } else { … } }`.
#[proc_macro]
pub fn sel4_cfg_if(branches: TokenStream) -> TokenStream {
    expand(|configuration| conditional::cfg_if(configuration, branches.into()))
}

/// A `match` whose arms can carry `#[sel4_cfg(CONDITION)]`. As an attribute on an expression it needs
/// a nightly compiler; [`macro@sel4_cfg_wrap_match`] does not.
#[proc_macro_attribute]
pub fn sel4_cfg_match(_arguments: TokenStream, expression: TokenStream) -> TokenStream {
    expand(|configuration| conditional::cfg_match(configuration, expression.into()))
}

/// A `match` whose arms can carry `#[sel4_cfg(CONDITION)]`.
#[proc_macro]
pub fn sel4_cfg_wrap_match(expression: TokenStream) -> TokenStream {
    expand(|configuration| conditional::cfg_match(configuration, expression.into()))
}

/// An enumeration whose variants can carry `#[sel4_cfg(CONDITION)]`.
#[proc_macro_attribute]
pub fn sel4_cfg_enum(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand(|configuration| conditional::cfg_enum(configuration, item.into()))
}

/// The value of a condition, as a `bool`.
#[proc_macro]
pub fn sel4_cfg_bool(condition: TokenStream) -> TokenStream {
    expand(|configuration| value::boolean(configuration, condition.into()))
}

/// The value of a key, as a `&'static str`.
#[proc_macro]
pub fn sel4_cfg_str(key: TokenStream) -> TokenStream {
    expand(|configuration| value::string(configuration, key.into()))
}

/// The value of a key that is a number, as a `usize`.
#[proc_macro]
pub fn sel4_cfg_usize(key: TokenStream) -> TokenStream {
    expand(|configuration| value::integer(configuration, key.into(), "usize"))
}

/// The value of a key that is a number, as a machine word (`u64`).
#[proc_macro]
pub fn sel4_cfg_word(key: TokenStream) -> TokenStream {
    expand(|configuration| value::integer(configuration, key.into(), "u64"))
}
