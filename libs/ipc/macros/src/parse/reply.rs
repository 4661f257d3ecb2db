// SPDX-License-Identifier: MIT OR Apache-2.0
//! What comes back from a method: a capability, data, an error.

use super::kind::{Kind, kind};
use super::types::{generic, last_segment};
use syn::visit_mut::VisitMut;
use syn::{Error, Expr, Lifetime, Result, ReturnType, Type};

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
pub(super) fn result(output: &ReturnType, max: Option<Expr>) -> Result<(Reply, Option<Type>)> {
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
