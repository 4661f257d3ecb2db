// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers and names of an interface, and the messages for its mistakes.

use super::*;
use quote::quote;

fn refused(arguments: TokenStream, item: TokenStream) -> String {
    interface(arguments, item)
        .err()
        .map_or_else(String::new, |error| error.to_string())
}

#[test]
fn names() {
    assert_eq!(snake_case("TwoWords"), "two_words");
    assert_eq!(camel_case("two_words"), "TwoWords");
}

#[test]
fn methods_are_numbered_as_variants_are() {
    let item = quote!(
        trait T {
            fn a(&mut self);
            #[method(7)]
            fn b(&mut self);
            fn c(&mut self);
        }
    );
    let interface = interface(quote!(number = 1, version = 1), item).unwrap();
    let numbers: Vec<_> = interface
        .methods
        .iter()
        .map(|method| method.number)
        .collect();
    assert_eq!(numbers, [1, 7, 8]);
}

#[test]
fn mistakes_are_named() {
    let good = || quote!(number = 1, version = 1);
    let cases = [
        (
            quote!(version = 1),
            quote!(
                trait T {}
            ),
            "has a number",
        ),
        (
            quote!(number = 1),
            quote!(
                trait T {}
            ),
            "has a version",
        ),
        (
            quote!(number = 256, version = 1),
            quote!(
                trait T {}
            ),
            "must be 1 to 255",
        ),
        (
            quote!(number = 1, version = 16),
            quote!(
                trait T {}
            ),
            "must be 1 to 15",
        ),
        (
            quote!(number = 1, version = 1, colour = 3),
            quote!(
                trait T {}
            ),
            "expected `number`",
        ),
        (
            good(),
            quote!(
                trait T: Clone {}
            ),
            "no supertraits",
        ),
        (
            good(),
            quote!(
                trait T {
                    const A: u8;
                }
            ),
            "only methods",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&self);
                }
            ),
            "takes `&mut self`",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&mut self) {}
                }
            ),
            "no body",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a<X>(&mut self, x: X);
                }
            ),
            "no parameters",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn new(&mut self);
                }
            ),
            "already",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&mut self, b: &[u8]);
                }
            ),
            "#[max(64)]",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&mut self, #[max(3)] b: u8);
                }
            ),
            "`max` is for",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&mut self, b: &u64);
                }
            ),
            "only `&[u8]` and `&str`",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&mut self) -> &str;
                }
            ),
            "#[max(64)]",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&mut self, b: ReceivedCapability, c: ReceivedCapability);
                }
            ),
            "one capability",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&mut self) -> Deferrable<CapabilityAddress>;
                }
            ),
            "cannot come later",
        ),
        (
            good(),
            quote!(
                trait T {
                    fn a(&mut self);
                    #[method(1)]
                    fn b(&mut self);
                }
            ),
            "used twice",
        ),
        (
            good(),
            quote!(
                trait T {
                    #[repeatable]
                    fn a(&mut self, b: ReceivedCapability);
                }
            ),
            "not repeatable",
        ),
    ];
    for (arguments, item, reason) in cases {
        let error = refused(arguments, item.clone());
        assert!(error.contains(reason), "{item}: {error:?}");
    }
}
