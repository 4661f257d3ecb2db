// SPDX-License-Identifier: MIT OR Apache-2.0
//! The attribute of `sel4-root-task`; see there.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, ItemFn, MetaNameValue, Result, ReturnType, Token, Type};

/// Makes a function the root task's `main`: `#[root_task(stack_size = BYTES, heap_size = BYTES)]`.
///
/// The function takes `&sel4::BootInfoPtr` and returns `!`, `Never` or `Result<Never, E>` where `E` is
/// `Debug`. Both arguments can be left out; without `heap_size` there is no heap.
#[proc_macro_attribute]
pub fn root_task(arguments: TokenStream, function: TokenStream) -> TokenStream {
    expand(arguments.into(), function.into())
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

fn expand(arguments: TokenStream2, function: TokenStream2) -> Result<TokenStream2> {
    let arguments = Punctuated::<MetaNameValue, Token![,]>::parse_terminated.parse2(arguments)?;
    for argument in &arguments {
        if !argument.path.is_ident("stack_size") && !argument.path.is_ident("heap_size") {
            let reason = "expected `stack_size` or `heap_size`";
            return Err(Error::new_spanned(&argument.path, reason));
        }
    }
    // The macro wants them in this order.
    let ordered = ["stack_size", "heap_size"].into_iter().flat_map(|name| {
        arguments
            .iter()
            .filter(move |argument| argument.path.is_ident(name))
    });
    let item: ItemFn = syn::parse2(function)?;
    let name = &item.sig.ident;
    let returns_never = match &item.sig.output {
        ReturnType::Type(_, output) => matches!(**output, Type::Never(_)),
        ReturnType::Default => {
            let reason = "a root task never ends: return `!` or `Result<Never, E>`";
            return Err(Error::new_spanned(&item.sig, reason));
        }
    };
    let main = if returns_never {
        quote!(|bootinfo| -> ::sel4_root_task::Never { #name(bootinfo) })
    } else {
        quote!(#name)
    };
    Ok(quote! {
        ::sel4_root_task::declare_root_task! { main = #main, #(#ordered,)* }
        #item
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declares_the_function() {
        let expanded = expand(
            quote!(heap_size = 2, stack_size = 1 << 16),
            quote!(
                fn main(b: &B) -> Result<Never, E> {}
            ),
        )
        .unwrap();
        let expected = quote! {
            ::sel4_root_task::declare_root_task! {
                main = main, stack_size = 1 << 16, heap_size = 2,
            }
            fn main(b: &B) -> Result<Never, E> {}
        };
        assert_eq!(expanded.to_string(), expected.to_string());
    }

    #[test]
    fn refuses_unknown_arguments_and_functions_that_end() {
        let main = quote!(
            fn main(b: &B) -> ! {}
        );
        assert!(expand(quote!(), main.clone()).is_ok());
        assert!(expand(quote!(size = 1), main).is_err());
        let ends = quote!(
            fn main(b: &B) {}
        );
        assert!(expand(quote!(), ends).is_err());
    }
}
