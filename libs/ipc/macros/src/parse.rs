// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a trait's tokens to what an interface consists of.

mod argument;
mod attributes;
mod kind;
mod method;
mod names;
mod reply;
#[cfg(test)]
mod tests;
mod types;

pub use argument::Argument;
pub use kind::{Kind, Wire};
pub use method::Method;
pub use names::{camel_case, snake_case};

use attributes::{literal, number_expression};
use method::method;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Error, Expr, ItemTrait, LitBool, LitInt, LitStr, MetaNameValue, Result, Token, TraitItem,
};

/// An interface.
pub struct Interface {
    pub name: String,
    pub number: Expr,
    pub version: LitInt,
    /// Whether it is recorded in `interfaces.lock`.
    pub recorded: bool,
    /// The trait without what only the macro understands.
    pub item: ItemTrait,
    pub methods: Vec<Method>,
}

/// Parses attribute and trait.
pub fn interface(arguments: TokenStream, item: TokenStream) -> Result<Interface> {
    let mut item: ItemTrait = syn::parse2(item)?;
    let (mut number, mut version, mut name, mut recorded) = (None, None, None, true);
    let arguments = Punctuated::<MetaNameValue, Token![,]>::parse_terminated.parse2(arguments)?;
    for argument in arguments {
        let value = argument.value.to_token_stream();
        match argument.path.to_token_stream().to_string().as_str() {
            "number" => number = Some(number_expression(argument.value)?),
            "version" => version = Some(literal(value, 1, 15)?),
            "name" => name = Some(syn::parse2::<LitStr>(value)?.value()),
            "recorded" => recorded = syn::parse2::<LitBool>(value)?.value(),
            _ => {
                let reason = "expected `number`, `version`, `name` or `recorded`";
                return Err(Error::new_spanned(argument.path, reason));
            }
        }
    }
    let missing = |what: &str| {
        let reason = format!("an interface has a {what}: #[interface(number = 128, version = 1)]");
        Error::new_spanned(&item.ident, reason)
    };
    let number = number.ok_or_else(|| missing("number"))?;
    let version = version.ok_or_else(|| missing("version"))?;
    if !item.generics.params.is_empty() || !item.supertraits.is_empty() {
        let reason = "an interface has no parameters and no supertraits";
        return Err(Error::new_spanned(&item.ident, reason));
    }
    let name = name.unwrap_or_else(|| snake_case(&item.ident.to_string()));
    let mut methods: Vec<Method> = Vec::new();
    for part in &mut item.items {
        let TraitItem::Fn(function) = part else {
            return Err(Error::new_spanned(part, "an interface has only methods"));
        };
        let last = methods.last().map_or(0, |method| method.number);
        let method = method(function, last)?;
        if methods.iter().any(|other| other.number == method.number) {
            let reason = format!("number {} is used twice", method.number);
            return Err(Error::new_spanned(&function.sig.ident, reason));
        }
        methods.push(method);
    }
    methods.sort_by_key(|method| method.number);
    Ok(Interface {
        name,
        number,
        version,
        recorded,
        item,
        methods,
    })
}
