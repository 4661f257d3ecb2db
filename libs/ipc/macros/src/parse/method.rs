// SPDX-License-Identifier: MIT OR Apache-2.0
//! One method: its number, its arguments and what it answers.

use super::argument::{Argument, is_capability};
use super::attributes::{flag, literal, take};
use super::kind::kind;
use super::reply::{Reply, result};
use super::types::last_segment;
use quote::ToTokens;
use syn::{Attribute, Error, FnArg, Ident, Pat, Result, Type};

/// One method.
pub struct Method {
    pub ident: Ident,
    pub documentation: Vec<Attribute>,
    pub number: u8,
    /// Whether asking twice does what asking once does.
    pub repeatable: bool,
    /// In the order of the trait.
    pub arguments: Vec<Argument>,
    pub reply: Reply,
    /// `None`: it refuses nothing.
    pub error: Option<Type>,
}

pub(super) fn method(function: &mut syn::TraitItemFn, last: u8) -> Result<Method> {
    let signature = &mut function.sig;
    if function.default.is_some() || !signature.generics.params.is_empty() {
        let reason = "a method of an interface has no body and no parameters of its own";
        return Err(Error::new_spanned(&signature.ident, reason));
    }
    if ["new", "connect", "connect_to", "transport"]
        .iter()
        .any(|name| signature.ident == name)
    {
        let reason = "every client has a function of that name already";
        return Err(Error::new_spanned(&signature.ident, reason));
    }
    let number = match take(&mut function.attrs, "method")? {
        Some(number) => literal(number.to_token_stream(), 1, 255)?.base10_parse()?,
        None => last.checked_add(1).ok_or_else(|| {
            Error::new_spanned(&signature.ident, "an interface has at most 255 methods")
        })?,
    };
    let reply_max = take(&mut function.attrs, "max")?;
    let repeatable = flag(&mut function.attrs, "repeatable")?;
    let mut arguments = Vec::new();
    let mut inputs = signature.inputs.iter_mut();
    match inputs.next() {
        Some(FnArg::Receiver(receiver))
            if receiver.reference.is_some() && receiver.mutability.is_some() => {}
        _ => {
            let reason = "a method of an interface takes `&mut self`";
            return Err(Error::new_spanned(&signature.ident, reason));
        }
    }
    for input in inputs {
        let FnArg::Typed(input) = input else {
            return Err(Error::new_spanned(input, "expected an argument"));
        };
        let Pat::Ident(pattern) = &*input.pat else {
            return Err(Error::new_spanned(&input.pat, "expected a name"));
        };
        let ident = pattern.ident.clone();
        let max = take(&mut input.attrs, "max")?;
        arguments.push(match last_segment(&input.ty).as_deref() {
            Some("Caller") => Argument::Caller,
            Some("ReceivedCapability") => Argument::Capability(ident),
            _ => Argument::Data {
                ident,
                kind: Box::new(kind(&input.ty, max)?),
            },
        });
    }
    if arguments.iter().filter(is_capability).count() > 1 {
        let reason = "one capability goes along with a message";
        return Err(Error::new_spanned(&signature.inputs, reason));
    }
    let (reply, error) = result(&signature.output, reply_max)?;
    if repeatable && arguments.iter().any(|argument| is_capability(&argument)) {
        let reason = "what sends a capability begins something: it is not repeatable";
        return Err(Error::new_spanned(&signature.ident, reason));
    }
    let documentation = function
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .cloned()
        .collect();
    Ok(Method {
        ident: function.sig.ident.clone(),
        documentation,
        number,
        repeatable,
        arguments,
        reply,
        error,
    })
}
