// SPDX-License-Identifier: MIT OR Apache-2.0
//! `Data` for structs and enums.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, Fields, Ident, Item, Result, Type};

/// The attribute: what most data wants, in one word.
pub fn attribute(arguments: &TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !arguments.is_empty() {
        return Err(Error::new_spanned(arguments, "`data` has no arguments"));
    }
    Ok(quote! {
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::core::cmp::Eq,
            ::croft_ipc::serde::Serialize,
            ::croft_ipc::serde::Deserialize,
            ::croft_ipc::Data,
        )]
        #[serde(crate = "::croft_ipc::serde")]
        #item
    })
}

/// The fields of a struct or variant.
struct Parts<'a> {
    /// The name, or the place as one.
    names: Vec<String>,
    /// What it is bound to.
    bindings: Vec<Ident>,
    types: Vec<&'a Type>,
    /// Takes them apart or puts them together: `{ a: part_0 }` or `(part_0)`.
    pattern: TokenStream,
}

impl<'a> Parts<'a> {
    fn of(fields: &'a Fields) -> Self {
        let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
        let bindings: Vec<_> = (0..types.len())
            .map(|index| format_ident!("part_{index}"))
            .collect();
        let names = fields.iter().enumerate().map(|(index, field)| {
            let name = field.ident.as_ref();
            name.map_or_else(|| index.to_string(), ToString::to_string)
        });
        let names = names.collect();
        let pattern = match fields {
            Fields::Named(fields) => {
                let idents = fields.named.iter().map(|field| &field.ident);
                quote!({ #(#idents: #bindings),* })
            }
            Fields::Unnamed(_) => quote!((#(#bindings),*)),
            Fields::Unit => quote!(),
        };
        Parts {
            names,
            bindings,
            types,
            pattern,
        }
    }

    fn max_size(&self) -> TokenStream {
        let types = &self.types;
        quote!(0 #(+ <#types as ::croft_ipc::Data>::MAX_SIZE)*)
    }

    fn fixed(&self) -> TokenStream {
        let types = &self.types;
        quote!(::croft_ipc::data::fixed_sum(&[#(<#types as ::croft_ipc::Data>::FIXED),*]))
    }

    fn layouts(&self) -> TokenStream {
        let (types, names) = (&self.types, &self.names);
        quote!(&[#(::croft_ipc::data::layout::named(#names, <#types as ::croft_ipc::Data>::LAYOUT)),*])
    }

    fn put(&self) -> TokenStream {
        let (types, bindings) = (&self.types, &self.bindings);
        quote! {
            let mut at = at;
            #(
                ::croft_ipc::Data::put(#bindings, words, at);
                at += <#types as ::croft_ipc::Data>::FIXED.unwrap_or(0);
            )*
            let _ = at;
        }
    }

    fn take(&self, path: &TokenStream) -> TokenStream {
        let (types, bindings, pattern) = (&self.types, &self.bindings, &self.pattern);
        quote! {
            let mut at = at;
            #(
                let #bindings = <#types as ::croft_ipc::Data>::take(words, at)?;
                at += <#types as ::croft_ipc::Data>::FIXED.unwrap_or(0);
            )*
            let _ = at;
            ::core::option::Option::Some(#path #pattern)
        }
    }
}

/// What differs between structs and enums.
struct Body {
    max_size: TokenStream,
    fixed: TokenStream,
    layout: TokenStream,
    put: TokenStream,
    take: TokenStream,
}

/// The derive macro.
pub fn derive(item: TokenStream) -> Result<TokenStream> {
    let item: Item = syn::parse2(item)?;
    let (ident, generics, body) = match &item {
        Item::Struct(item) => (&item.ident, &item.generics, structure(&item.fields)),
        Item::Enum(item) => (&item.ident, &item.generics, enumeration(item)?),
        other => {
            let reason = "only structs and enums can be data";
            return Err(Error::new_spanned(other, reason));
        }
    };
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(syn::parse_quote!(::croft_ipc::Data));
    }
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let Body {
        max_size,
        fixed,
        layout,
        put,
        take,
    } = body;
    Ok(quote! {
        impl #parameters ::croft_ipc::Data for #ident #arguments #bounds {
            const MAX_SIZE: usize = #max_size;
            const FIXED: ::core::option::Option<usize> = #fixed;
            const LAYOUT: u64 = #layout;

            #[inline(always)]
            #[allow(unused_variables)]
            fn put(&self, words: &mut ::croft_ipc::FixedWords, at: usize) {
                #put
            }

            #[inline(always)]
            #[allow(unused_variables)]
            fn take(words: &::croft_ipc::FixedWords, at: usize) -> ::core::option::Option<Self> {
                #take
            }
        }
    })
}

fn structure(fields: &Fields) -> Body {
    let parts = Parts::of(fields);
    let (layouts, pattern, put) = (parts.layouts(), &parts.pattern, parts.put());
    Body {
        max_size: parts.max_size(),
        fixed: parts.fixed(),
        layout: quote!(::croft_ipc::data::layout::of("struct", #layouts)),
        put: quote! {
            let Self #pattern = self;
            #put
        },
        take: parts.take(&quote!(Self)),
    }
}

/// An enum is its variant's place, one byte, and then the variant's fields.
fn enumeration(item: &syn::ItemEnum) -> Result<Body> {
    // A postcard number has 7 bits in a byte.
    if item.variants.is_empty() || item.variants.len() > 128 {
        let reason = "an enum that travels has 1 to 128 variants";
        return Err(Error::new_spanned(&item.ident, reason));
    }
    let parts: Vec<_> = item
        .variants
        .iter()
        .map(|variant| Parts::of(&variant.fields))
        .collect();
    let idents: Vec<_> = item.variants.iter().map(|variant| &variant.ident).collect();
    let names: Vec<_> = idents.iter().map(ToString::to_string).collect();
    let places: Vec<_> = (0..parts.len() as u64).collect();
    let sizes = parts.iter().map(Parts::max_size);
    let fixed = parts.iter().map(Parts::fixed);
    let layouts = parts.iter().map(Parts::layouts);
    let patterns = parts.iter().map(|parts| &parts.pattern);
    let puts = parts.iter().map(Parts::put);
    let takes = parts
        .iter()
        .zip(&idents)
        .map(|(parts, ident)| parts.take(&quote!(Self::#ident)));
    Ok(Body {
        max_size: quote!(1 + ::croft_ipc::data::size_max(&[#(#sizes),*])),
        fixed: quote! {
            ::croft_ipc::data::fixed_sum(&[
                ::core::option::Option::Some(1),
                ::croft_ipc::data::fixed_max(&[#(#fixed),*]),
            ])
        },
        layout: quote! {
            ::croft_ipc::data::layout::of("enum", &[#(
                ::croft_ipc::data::layout::named(
                    #names,
                    ::croft_ipc::data::layout::of("variant", #layouts),
                )
            ),*])
        },
        put: quote! {
            match self {
                #(
                    Self::#idents #patterns => {
                        words.put(at, 1, #places);
                        let at = at + 1;
                        #puts
                    }
                )*
            }
        },
        take: quote! {
            let variant = words.take(at, 1);
            let at = at + 1;
            match variant {
                #(#places => { #takes })*
                _ => ::core::option::Option::None,
            }
        },
    })
}
