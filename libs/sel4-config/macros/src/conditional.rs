// SPDX-License-Identifier: MIT OR Apache-2.0
//! Macros that keep or drop code.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use sel4_config_data::Configuration;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, ExprMatch, ItemEnum, Meta, Result, Token, braced};

use crate::condition::Condition;

pub fn cfg(
    configuration: &Configuration,
    condition: TokenStream,
    item: TokenStream,
) -> Result<TokenStream> {
    let keep = syn::parse2::<Condition>(condition)?.holds(configuration)?;
    Ok(if keep { item } else { TokenStream::new() })
}

pub fn cfg_attr(
    configuration: &Configuration,
    arguments: TokenStream,
    item: TokenStream,
) -> Result<TokenStream> {
    let parser = |input: ParseStream| {
        let condition: Condition = input.parse()?;
        input.parse::<Token![,]>()?;
        let attributes = Punctuated::<Meta, Token![,]>::parse_terminated(input)?;
        Ok((condition, attributes))
    };
    let (condition, attributes) = parser.parse2(arguments)?;
    if !condition.holds(configuration)? {
        return Ok(item);
    }
    let attributes = attributes.into_iter();
    Ok(quote!(#(#[#attributes])* #item))
}

pub fn cfg_if(configuration: &Configuration, branches: TokenStream) -> Result<TokenStream> {
    let parser = |input: ParseStream| {
        let mut chosen: Option<TokenStream> = None;
        loop {
            let condition = if input.parse::<Option<Token![if]>>()?.is_some() {
                single_condition(&input.call(Attribute::parse_outer)?, input)?
                    .holds(configuration)?
            } else {
                true
            };
            let content;
            braced!(content in input);
            let content: TokenStream = content.parse()?;
            if condition && chosen.is_none() {
                chosen = Some(content);
            }
            if input.is_empty() {
                return Ok(chosen.unwrap_or_default());
            }
            input.parse::<Token![else]>()?;
        }
    };
    parser.parse2(branches)
}

fn single_condition(attributes: &[Attribute], input: ParseStream) -> Result<Condition> {
    match attributes {
        [attribute] if attribute.path().is_ident("sel4_cfg") => attribute.parse_args(),
        _ => Err(input.error("expected `#[sel4_cfg(…)]` and then `{`")),
    }
}

/// Whether all `#[sel4_cfg(…)]` of a list hold; they are taken out of it.
fn take_conditions(configuration: &Configuration, attributes: &mut Vec<Attribute>) -> Result<bool> {
    let mut keep = true;
    let mut failure: Option<Error> = None;
    attributes.retain(|attribute| {
        if !attribute.path().is_ident("sel4_cfg") {
            return true;
        }
        let holds = attribute
            .parse_args::<Condition>()
            .and_then(|condition| condition.holds(configuration));
        match holds {
            Ok(holds) => keep &= holds,
            Err(error) => failure = Some(error),
        }
        false
    });
    failure.map_or(Ok(keep), Err)
}

pub fn cfg_match(configuration: &Configuration, expression: TokenStream) -> Result<TokenStream> {
    let mut expression: ExprMatch = syn::parse2(expression)?;
    let mut arms = Vec::new();
    for mut arm in expression.arms {
        if take_conditions(configuration, &mut arm.attrs)? {
            arms.push(arm);
        }
    }
    expression.arms = arms;
    Ok(expression.into_token_stream())
}

pub fn cfg_enum(configuration: &Configuration, item: TokenStream) -> Result<TokenStream> {
    let mut item: ItemEnum = syn::parse2(item)?;
    let mut variants = Punctuated::new();
    for mut variant in item.variants {
        if take_conditions(configuration, &mut variant.attrs)? {
            variants.push(variant);
        }
    }
    item.variants = variants;
    Ok(item.into_token_stream())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration() -> Configuration {
        Configuration::from_json(r#"{"ON": true, "OFF": false}"#).unwrap()
    }

    /// Compares tokens, whether or not a list ends in a comma.
    fn check(result: Result<TokenStream>, expected: TokenStream) {
        let text = |tokens: TokenStream| tokens.to_string().replace(" , }", " }");
        assert_eq!(text(result.unwrap()), text(expected));
    }

    #[test]
    fn items_stay_or_go() {
        let item = quote!(
            fn f() {}
        );
        check(
            cfg(&configuration(), quote!(ON), item.clone()),
            item.clone(),
        );
        check(cfg(&configuration(), quote!(OFF), item.clone()), quote!());
        check(
            cfg_attr(&configuration(), quote!(ON, inline, must_use), item.clone()),
            quote!(
                #[inline]
                #[must_use]
                fn f() {}
            ),
        );
        check(
            cfg_attr(&configuration(), quote!(OFF, inline), item.clone()),
            item,
        );
    }

    #[test]
    fn the_first_branch_that_holds_stays() {
        let branches = |one: TokenStream, two: TokenStream| quote!(if #[sel4_cfg(#one)] { 1 } else if #[sel4_cfg(#two)] { 2 } else { 3 });
        check(
            cfg_if(&configuration(), branches(quote!(ON), quote!(ON))),
            quote!(1),
        );
        check(
            cfg_if(&configuration(), branches(quote!(OFF), quote!(ON))),
            quote!(2),
        );
        check(
            cfg_if(&configuration(), branches(quote!(OFF), quote!(OFF))),
            quote!(3),
        );
        check(
            cfg_if(&configuration(), quote!(if #[sel4_cfg(OFF)] { 1 })),
            quote!(),
        );
        assert!(
            cfg_if(
                &configuration(),
                quote!(if ON {
                    1
                })
            )
            .is_err()
        );
        assert!(cfg_if(&configuration(), branches(quote!(ON), quote!(NONE))).is_err());
    }

    #[test]
    fn arms_and_variants_stay_or_go() {
        check(
            cfg_match(
                &configuration(),
                quote!(match x {
                    #[sel4_cfg(ON)]
                    1 => a,
                    #[sel4_cfg(OFF)]
                    2 => b,
                    _ => c,
                }),
            ),
            quote!(match x {
                1 => a,
                _ => c,
            }),
        );
        check(
            cfg_enum(
                &configuration(),
                quote!(
                    enum E {
                        #[sel4_cfg(OFF)]
                        A,
                        #[sel4_cfg(not(OFF))]
                        B,
                        C,
                    }
                ),
            ),
            quote!(
                enum E {
                    B,
                    C,
                }
            ),
        );
        assert!(
            cfg_enum(
                &configuration(),
                quote!(
                    enum E {
                        #[sel4_cfg(NONE)]
                        A,
                    }
                )
            )
            .is_err()
        );
    }
}
