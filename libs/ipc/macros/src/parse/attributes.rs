// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands in attributes: those of methods and arguments are taken out, and values have their bounds.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Error, Expr, LitInt, Result};

/// A number, or a constant that is one: that is checked where it is used.
pub(super) fn number_expression(value: Expr) -> Result<Expr> {
    if let Expr::Lit(_) = &value {
        literal(value.to_token_stream(), 1, 255)?;
    }
    Ok(value)
}

pub(super) fn literal(value: TokenStream, least: u64, most: u64) -> Result<LitInt> {
    let literal: LitInt = syn::parse2(value)?;
    if (least..=most).contains(&literal.base10_parse()?) {
        return Ok(literal);
    }
    Err(Error::new_spanned(
        &literal,
        format!("must be {least} to {most}"),
    ))
}

/// Takes `#[name]` out of attributes. Whether it was there.
pub(super) fn flag(attributes: &mut Vec<Attribute>, name: &str) -> Result<bool> {
    let place = attributes
        .iter()
        .position(|attribute| attribute.path().is_ident(name));
    match place {
        Some(place) => attributes
            .remove(place)
            .meta
            .require_path_only()
            .map(|_| true),
        None => Ok(false),
    }
}

/// Takes the argument of `#[name(argument)]` out of attributes.
pub(super) fn take(attributes: &mut Vec<Attribute>, name: &str) -> Result<Option<Expr>> {
    let place = attributes
        .iter()
        .position(|attribute| attribute.path().is_ident(name));
    place
        .map(|place| attributes.remove(place).parse_args())
        .transpose()
}
