// SPDX-License-Identifier: MIT OR Apache-2.0
//! Macros that are a value.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use sel4_config_data::{Configuration, Value};
use syn::{Error, Ident, Result};

use crate::condition::{Condition, lookup};

/// A value as text.
pub fn text(value: &Value) -> String {
    match value {
        Value::Boolean(on) => on.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    }
}

pub fn boolean(configuration: &Configuration, condition: TokenStream) -> Result<TokenStream> {
    let holds = syn::parse2::<Condition>(condition)?.holds(configuration)?;
    Ok(quote!(#holds))
}

pub fn string(configuration: &Configuration, key: TokenStream) -> Result<TokenStream> {
    let key: Ident = syn::parse2(key)?;
    let text = text(lookup(configuration, &key)?);
    Ok(quote!(#text))
}

pub fn integer(
    configuration: &Configuration,
    key: TokenStream,
    suffix: &str,
) -> Result<TokenStream> {
    let key: Ident = syn::parse2(key)?;
    let Value::Integer(number) = lookup(configuration, &key)? else {
        return Err(Error::new(key.span(), format!("`{key}` is not a number")));
    };
    let literal = if suffix == "usize" {
        let number = usize::try_from(*number).map_err(|error| Error::new(key.span(), error))?;
        Literal::usize_suffixed(number)
    } else {
        Literal::u64_suffixed(*number)
    };
    Ok(quote!(#literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_out_as_literals() {
        let configuration =
            Configuration::from_json(r#"{"ON": true, "PLAT": "virt", "N": "4"}"#).unwrap();
        let check = |result: Result<TokenStream>, expected: TokenStream| {
            assert_eq!(result.unwrap().to_string(), expected.to_string());
        };
        check(boolean(&configuration, quote!(not(ON))), quote!(false));
        check(string(&configuration, quote!(PLAT)), quote!("virt"));
        check(string(&configuration, quote!(N)), quote!("4"));
        check(integer(&configuration, quote!(N), "usize"), quote!(4usize));
        check(integer(&configuration, quote!(N), "u64"), quote!(4u64));
        assert!(integer(&configuration, quote!(PLAT), "u64").is_err());
        assert!(string(&configuration, quote!(NONE)).is_err());
    }
}
