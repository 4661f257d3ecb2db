// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a trait's tokens to what an interface consists of.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, Error, Expr, FnArg, GenericArgument, Ident, ItemTrait, Lifetime, LitBool, LitInt,
    LitStr, MetaNameValue, Pat, PathArguments, Result, ReturnType, Token, TraitItem, Type,
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

/// One argument of a method.
pub enum Argument {
    /// Who asks.
    Caller,
    /// A capability that came along.
    Capability(Ident),
    /// Data.
    Data { ident: Ident, kind: Box<Kind> },
}

/// Data that travels.
pub struct Kind {
    /// As it is written in the trait.
    pub written: Type,
    pub wire: Wire,
}

/// How data travels.
pub enum Wire {
    /// As it is, with `'wire` for elided lifetimes.
    Plain(Type),
    /// Borrowed bytes, at most so many.
    Bytes(Expr),
    /// A borrowed text.
    Text(Expr),
}

/// What comes back.
pub struct Reply {
    /// A capability comes first.
    pub capability: bool,
    /// The data is not in a pair with the capability.
    pub only_capability: bool,
    pub data: Kind,
    /// The data borrows from the message.
    pub borrows: bool,
    /// It may come later.
    pub deferrable: bool,
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

/// A number, or a constant that is one: that is checked where it is used.
fn number_expression(value: Expr) -> Result<Expr> {
    if let Expr::Lit(_) = &value {
        literal(value.to_token_stream(), 1, 255)?;
    }
    Ok(value)
}

fn literal(value: TokenStream, least: u64, most: u64) -> Result<LitInt> {
    let literal: LitInt = syn::parse2(value)?;
    if (least..=most).contains(&literal.base10_parse()?) {
        return Ok(literal);
    }
    Err(Error::new_spanned(
        &literal,
        format!("must be {least} to {most}"),
    ))
}

fn method(function: &mut syn::TraitItemFn, last: u8) -> Result<Method> {
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

fn is_capability(argument: &&Argument) -> bool {
    matches!(argument, Argument::Capability(_))
}

/// Takes `#[name]` out of attributes. Whether it was there.
fn flag(attributes: &mut Vec<Attribute>, name: &str) -> Result<bool> {
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
fn take(attributes: &mut Vec<Attribute>, name: &str) -> Result<Option<Expr>> {
    let place = attributes
        .iter()
        .position(|attribute| attribute.path().is_ident(name));
    place
        .map(|place| attributes.remove(place).parse_args())
        .transpose()
}

fn kind(written: &Type, max: Option<Expr>) -> Result<Kind> {
    let borrowed = match written {
        Type::Reference(reference) if reference.mutability.is_none() => Some(&*reference.elem),
        _ => None,
    };
    let is_bytes = |inner: &Type| matches!(inner, Type::Slice(slice) if last_segment(&slice.elem).as_deref() == Some("u8"));
    let is_text = |inner: &Type| last_segment(inner).as_deref() == Some("str");
    let wire = match (borrowed, max) {
        (Some(inner), Some(max)) if is_bytes(inner) => Wire::Bytes(max),
        (Some(inner), Some(max)) if is_text(inner) => Wire::Text(max),
        (Some(inner), None) if is_bytes(inner) || is_text(inner) => {
            let reason = "say how many bytes at most: #[max(64)] before it";
            return Err(Error::new_spanned(written, reason));
        }
        (Some(_), _) => {
            let reason = "of what is borrowed, only `&[u8]` and `&str` travel";
            return Err(Error::new_spanned(written, reason));
        }
        (None, Some(_)) => {
            let reason = "`max` is for `&[u8]` and `&str`";
            return Err(Error::new_spanned(written, reason));
        }
        (None, None) => {
            let mut named = written.clone();
            Name.visit_type_mut(&mut named);
            Wire::Plain(named)
        }
    };
    Ok(Kind {
        written: written.clone(),
        wire,
    })
}

/// Gives elided lifetimes the name of the message's.
struct Name;

impl VisitMut for Name {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = Lifetime::new("'wire", lifetime.span());
        }
    }
}

/// Finds out whether a type borrows.
struct Borrows(bool);

impl VisitMut for Borrows {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        self.0 |= lifetime.ident != "static";
    }

    fn visit_type_reference_mut(&mut self, _: &mut syn::TypeReference) {
        self.0 = true;
    }
}

/// Takes a return type apart.
fn result(output: &ReturnType, max: Option<Expr>) -> Result<(Reply, Option<Type>)> {
    let nothing: Type = syn::parse_quote!(());
    let written = match output {
        ReturnType::Default => &nothing,
        ReturnType::Type(_, written) => &**written,
    };
    let (mut data, error) = match &generic(written, "Result")[..] {
        [data, error] => (data.clone(), Some(error.clone())),
        _ => (written.clone(), None),
    };
    let deferred = match &generic(&data, "Deferrable")[..] {
        [inner] => Some(inner.clone()),
        _ => None,
    };
    let deferrable = deferred.is_some();
    data = deferred.unwrap_or(data);
    let (mut capability, mut only_capability) = (false, false);
    if last_segment(&data).as_deref() == Some("CapabilityAddress") {
        (capability, only_capability) = (true, true);
        data = syn::parse_quote!(());
    } else if let Type::Tuple(tuple) = &data
        && let Some(first) = tuple.elems.first()
        && last_segment(first).as_deref() == Some("CapabilityAddress")
    {
        if tuple.elems.len() != 2 {
            let reason = "a capability is alone, or first in a pair";
            return Err(Error::new_spanned(tuple, reason));
        }
        capability = true;
        data = tuple.elems[1].clone();
    }
    if deferrable && capability {
        let reason = "a reply with a capability cannot come later";
        return Err(Error::new_spanned(written, reason));
    }
    let mut borrows = Borrows(false);
    borrows.visit_type_mut(&mut data.clone());
    let reply = Reply {
        capability,
        only_capability,
        data: kind(&data, max)?,
        borrows: borrows.0,
        deferrable,
    };
    Ok((reply, error))
}

/// The arguments of the generic type `name`, if it is that.
fn generic(written: &Type, name: &str) -> Vec<Type> {
    let Type::Path(path) = written else {
        return Vec::new();
    };
    let Some(segment) = path.path.segments.last() else {
        return Vec::new();
    };
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) if segment.ident == name => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(argument) => Some(argument.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The last name of a path.
fn last_segment(written: &Type) -> Option<String> {
    match written {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}

/// `TwoWords` as `two_words`.
pub fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (place, character) in name.chars().enumerate() {
        if character.is_uppercase() && place > 0 {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}

/// `two_words` as `TwoWords`.
pub fn camel_case(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut characters = word.chars();
        let first = characters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(characters).collect::<String>()
    });
    words.collect()
}

#[cfg(test)]
mod tests {
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
}
