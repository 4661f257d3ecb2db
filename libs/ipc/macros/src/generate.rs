// SPDX-License-Identifier: MIT OR Apache-2.0
//! From an interface to Rust: the trait, its description, its dispatch, its client.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use crate::parse::{Argument, Interface, Kind, Method, Wire, camel_case};

/// Everything that an interface becomes.
pub fn interface(interface: &Interface) -> TokenStream {
    let item = &interface.item;
    let methods = interface.methods.iter().map(|m| method(interface, m));
    let (definition, dispatch, client, test) = (
        definition(interface),
        dispatch(interface),
        client(interface),
        test(interface),
    );
    quote! {
        #item
        #(#methods)*
        #definition
        #dispatch
        #client
        #test
    }
}

fn definition_name(interface: &Interface) -> Ident {
    format_ident!("{}Interface", interface.item.ident)
}

fn method_name(interface: &Interface, method: &Method) -> Ident {
    let name = camel_case(&method.ident.to_string());
    format_ident!("{}{name}", interface.item.ident)
}

/// The type of data in a message.
fn wire_type(kind: &Kind) -> TokenStream {
    match &kind.wire {
        Wire::Plain(named) => named.to_token_stream(),
        Wire::Bytes(max) => quote!(::croft_ipc::Bytes<'wire, { #max }>),
        Wire::Text(max) => quote!(::croft_ipc::Text<'wire, { #max }>),
    }
}

fn error_type(method: &Method) -> TokenStream {
    match &method.error {
        Some(error) => error.to_token_stream(),
        None => quote!(::croft_ipc::Never),
    }
}

fn data(method: &Method) -> impl Iterator<Item = (&Ident, &Kind)> {
    method
        .arguments
        .iter()
        .filter_map(|argument| match argument {
            Argument::Data { ident, kind } => Some((ident, &**kind)),
            _ => None,
        })
}

fn sends_capability(method: &Method) -> bool {
    let mut arguments = method.arguments.iter();
    arguments.any(|argument| matches!(argument, Argument::Capability(_)))
}

/// A method as a type.
fn method(interface: &Interface, method: &Method) -> TokenStream {
    let visibility = &interface.item.vis;
    let (name, definition) = (method_name(interface, method), definition_name(interface));
    let (ident, number) = (method.ident.to_string(), method.number);
    let request = data(method).map(|(_, kind)| wire_type(kind));
    let (reply, error) = (wire_type(&method.reply.data), error_type(method));
    let (sends, returns) = (sends_capability(method), method.reply.capability);
    let repeatable = method.repeatable;
    let too_large = format!(
        "a message of {}::{ident} can be larger than a message may be (croft_ipc::MESSAGE_BYTES): use a shared buffer",
        interface.item.ident
    );
    let documentation = format!(
        "The method [`{0}::{ident}`] as a type.",
        interface.item.ident
    );
    quote! {
        #[doc = #documentation]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #name;

        impl ::croft_ipc::Method for #name {
            type Interface = #definition;
            const NUMBER: u8 = #number;
            const NAME: &'static str = #ident;
            type Request<'wire> = (#(#request,)*);
            type Reply<'wire> = #reply;
            type Error = #error;
            const SENDS_CAPABILITY: bool = #sends;
            const RETURNS_CAPABILITY: bool = #returns;
            const REPEATABLE: bool = #repeatable;
            const TOO_LARGE: &'static str = #too_large;
        }

        const _: () = ::croft_ipc::check::<#name>();
    }
}

/// The interface as a type, with its description.
fn definition(interface: &Interface) -> TokenStream {
    let visibility = &interface.item.vis;
    let definition = definition_name(interface);
    let (name, number, version) = (&interface.name, &interface.number, &interface.version);
    let names = interface
        .methods
        .iter()
        .map(|method| method_name(interface, method));
    let signatures = interface.methods.iter().map(signature);
    let arguments = interface.methods.iter().map(|method| {
        let names = data(method).map(|(ident, _)| ident.to_string());
        quote!(::croft_ipc::data::layout::of("arguments", &[#(::croft_ipc::data::layout::named(#names, 0)),*]))
    });
    let documentation = format!("The interface [`{}`] as a type.", interface.item.ident);
    quote! {
        #[doc = #documentation]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #definition;

        impl ::croft_ipc::Definition for #definition {
            const NAME: &'static str = #name;
            const NUMBER: u8 = #number;
            const VERSION: u8 = #version;
            const METHODS: &'static [::croft_ipc::MethodDescription] = &[
                #(::croft_ipc::MethodDescription::of::<#names>(#signatures, #arguments)),*
            ];
        }
    }
}

/// Arguments and result of a method, as people read them.
fn signature(method: &Method) -> String {
    let mut parts: Vec<String> = Vec::new();
    for argument in &method.arguments {
        match argument {
            Argument::Caller => {}
            Argument::Capability(ident) => parts.push(format!("{ident}: capability")),
            Argument::Data { ident, kind } => {
                parts.push(format!("{ident}: {}", readable(&kind.written)));
            }
        }
    }
    let mut reply = readable(&method.reply.data.written);
    if method.reply.capability {
        reply = format!("(capability, {reply})");
    }
    let error = method
        .error
        .as_ref()
        .map_or_else(|| "never".to_owned(), readable);
    format!("({}) -> {reply} or {error}", parts.join(", "))
}

fn readable(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" < ", "<"),
        (" >", ">"),
        (" :: ", "::"),
        ("& ", "&"),
        (" ,", ","),
    ] {
        text = text.replace(from, to);
    }
    text
}

/// The server's side: from a message to the trait's method.
fn dispatch(interface: &Interface) -> TokenStream {
    let (item, definition) = (&interface.item.ident, definition_name(interface));
    let arms = interface.methods.iter().map(|method| {
        let (name, ident, number) = (method_name(interface, method), &method.ident, method.number);
        let bindings: Vec<_> = data(method).map(|(ident, _)| ident).collect();
        let arguments = method.arguments.iter().map(|argument| match argument {
            Argument::Caller => quote!(::croft_ipc::caller::<#name>(incoming)),
            Argument::Capability(_) => quote!(::croft_ipc::capability(incoming)?),
            Argument::Data { ident, kind } => match kind.wire {
                Wire::Plain(_) => quote!(#ident),
                Wire::Bytes(_) | Wire::Text(_) => quote!(#ident.get()),
            },
        });
        let call = quote!(#item::#ident(server, #(#arguments),*));
        let result = match &method.error {
            Some(_) => call,
            None => quote!(::core::result::Result::<_, ::croft_ipc::Never>::Ok(#call)),
        };
        let pattern = match (method.reply.capability, method.reply.only_capability) {
            (true, true) => quote!(capability),
            (true, false) => quote!((capability, reply)),
            (false, _) => quote!(reply),
        };
        let reply = match (&method.reply.data.wire, method.reply.only_capability) {
            (_, true) => quote!(()),
            (Wire::Plain(_), _) => quote!(reply),
            (Wire::Bytes(_), _) => quote!(::croft_ipc::Bytes::new(reply)?),
            (Wire::Text(_), _) => quote!(::croft_ipc::Text::new(reply)?),
        };
        let capability = if method.reply.capability {
            quote!(::core::option::Option::Some(capability))
        } else {
            quote!(::core::option::Option::None)
        };
        let done = quote!(::core::result::Result::Ok((#reply, #capability)));
        let arms = if method.reply.deferrable {
            quote! {
                ::core::result::Result::Ok(::croft_ipc::Deferrable::Now(#pattern)) => #done,
                ::core::result::Result::Ok(::croft_ipc::Deferrable::Later) => {
                    return ::core::result::Result::Ok(::core::option::Option::None);
                }
            }
        } else {
            quote!(::core::result::Result::Ok(#pattern) => #done,)
        };
        quote! {
            #number => {
                let (#(#bindings,)*) = ::croft_ipc::arguments::<#name>(incoming)?;
                let result = match #result {
                    #arms
                    ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
                };
                ::croft_ipc::answer::<#name>(result, buffer).map(::core::option::Option::Some)
            }
        }
    });
    quote! {
        impl<S: #item + ?Sized> ::croft_ipc::Dispatch<S> for #definition {
            #[inline]
            fn dispatch_method(
                server: &mut S,
                method: u8,
                incoming: &::croft_ipc::Incoming<'_>,
                buffer: &mut [u8],
            ) -> ::core::result::Result<
                ::core::option::Option<::croft_ipc::Outgoing>,
                ::croft_ipc::ProtocolError,
            > {
                match method {
                    #(#arms)*
                    _ => ::core::result::Result::Err(::croft_ipc::ProtocolError::UnknownMethod),
                }
            }
        }
    }
}

/// The client's side.
fn client(interface: &Interface) -> TokenStream {
    let (visibility, item) = (&interface.item.vis, &interface.item.ident);
    let (client, definition) = (format_ident!("{item}Client"), definition_name(interface));
    let methods = interface
        .methods
        .iter()
        .map(|method| client_method(interface, method));
    let documentation = format!("Asks a server of [`{item}`] over `T`.");
    quote! {
        #[doc = #documentation]
        #[allow(dead_code)]
        #[derive(Clone, Copy, Debug)]
        #visibility struct #client<T> {
            transport: T,
        }

        #[allow(dead_code)]
        impl<T: ::croft_ipc::Transport> #client<T> {
            /// Nothing is sent yet; a wrong capability shows with the first call.
            pub const fn new(transport: T) -> Self {
                Self { transport }
            }

            /// The service of the interface's own name.
            ///
            /// # Errors
            /// If there is none in `environment`.
            pub fn connect<C: ::croft_ipc::Connector<Transport = T>>(
                environment: &C,
            ) -> ::core::result::Result<Self, C::Error> {
                Self::connect_to(environment, <#definition as ::croft_ipc::Definition>::NAME)
            }

            /// The service of that name.
            ///
            /// # Errors
            /// If there is none in `environment`.
            pub fn connect_to<C: ::croft_ipc::Connector<Transport = T>>(
                environment: &C,
                name: &'static str,
            ) -> ::core::result::Result<Self, C::Error> {
                ::croft_ipc::Connector::connect(environment, name).map(Self::new)
            }

            /// What carries the messages.
            pub fn transport(&self) -> &T {
                &self.transport
            }

            #(#methods)*
        }
    }
}

fn client_method(interface: &Interface, method: &Method) -> TokenStream {
    let (name, ident, error) = (
        method_name(interface, method),
        &method.ident,
        error_type(method),
    );
    let documentation = &method.documentation;
    let mut parameters = Vec::new();
    let mut capability = quote!(::core::option::Option::None);
    for argument in &method.arguments {
        match argument {
            Argument::Caller => {}
            Argument::Capability(ident) => {
                parameters.push(quote!(#ident: ::croft_ipc::CapabilityAddress));
                capability = quote!(::core::option::Option::Some(#ident));
            }
            Argument::Data { ident, kind } => {
                let written = &kind.written;
                parameters.push(quote!(#ident: #written));
            }
        }
    }
    let request = data(method).map(|(ident, kind)| match kind.wire {
        Wire::Plain(_) => quote!(#ident),
        Wire::Bytes(_) => {
            quote!(::croft_ipc::Bytes::new(#ident).map_err(::croft_ipc::ProtocolError::from)?)
        }
        Wire::Text(_) => {
            quote!(::croft_ipc::Text::new(#ident).map_err(::croft_ipc::ProtocolError::from)?)
        }
    });
    let mut slot = quote!(::core::option::Option::None);
    if method.reply.capability {
        parameters.push(quote!(into: impl ::core::convert::Into<::croft_ipc::ReceiveSlot>));
        slot = quote!(::core::option::Option::Some(into.into()));
    }
    let written = &method.reply.data.written;
    let (generics, value, read) = if method.reply.borrows {
        parameters.push(quote!(then: impl ::core::ops::FnOnce(#written) -> R));
        let reply = match method.reply.data.wire {
            Wire::Plain(_) => quote!(then(reply)),
            Wire::Bytes(_) | Wire::Text(_) => quote!(then(reply.get())),
        };
        (quote!(<R>), quote!(R), reply)
    } else {
        (quote!(), quote!(#written), quote!(reply))
    };
    let (value, read) = match (method.reply.capability, method.reply.only_capability) {
        (true, true) => (
            quote!(::croft_ipc::ReceivedCapability),
            quote!({
                let () = reply;
                capability
            }),
        ),
        (true, false) => (
            quote!((::croft_ipc::ReceivedCapability, #value)),
            quote!((capability, #read)),
        ),
        (false, _) => (
            value,
            quote!({
                let _ = capability;
                #read
            }),
        ),
    };
    quote! {
        #(#documentation)*
        ///
        /// # Errors
        /// See [`CallError`](::croft_ipc::CallError).
        #[inline]
        pub fn #ident #generics(
            &self,
            #(#parameters),*
        ) -> ::core::result::Result<#value, ::croft_ipc::CallError<#error>> {
            let request = (#(#request,)*);
            ::croft_ipc::invoke::<#name, T, _>(
                &self.transport,
                &request,
                #capability,
                #slot,
                |reply, capability| #read,
            )
        }
    }
}

/// The test that the interface still is what was recorded.
fn test(interface: &Interface) -> TokenStream {
    if !interface.recorded {
        return TokenStream::new();
    }
    let definition = definition_name(interface);
    let name = format_ident!("{}_is_compatible", interface.name.replace('-', "_"));
    quote! {
        #[cfg(test)]
        #[test]
        fn #name() {
            ::croft_ipc::lock::test::<#definition>(::core::env!("CARGO_MANIFEST_DIR"));
        }
    }
}
