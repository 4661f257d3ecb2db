// SPDX-License-Identifier: MIT OR Apache-2.0
//! Data that travels, and how: as it is, or as borrowed bytes or text of a bounded length.

use super::types::last_segment;
use syn::visit_mut::VisitMut;
use syn::{Error, Expr, Lifetime, Result, Type};

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

pub(super) fn kind(written: &Type, max: Option<Expr>) -> Result<Kind> {
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
